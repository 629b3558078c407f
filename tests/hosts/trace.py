#!/usr/bin/env python3
"""memmap trace inside one LLDB, against what the traced program itself counts.  trace.py LLDB TEST RELEASE…

sums      between start and exit each counter changes by exactly what the events say; the four threads of the program
          lose none of theirs; nothing of LLDB's state changes
same      until runtime.main, where threads begin, the system calls are those that the kernel sees (the door by ptrace)
ends      Ctrl-C, the time limit, --hits, --until, another program in its place, SIGKILL
"""

import json
import os
import pathlib
import sys

import buckets
import hosts
from hosts import build_fixtures

THREADS = 4
COUNT = 100
STUBS = ("runtime.sysMmap", "runtime.mmap", "runtime.sysMunmap", "runtime.munmap", "runtime.madvise")
WHOLE = bool(os.environ.get("MEMMAP_ALL"))


def events_of(path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.get("table") == "rows"]


def traced(version, path, folder, words, *arguments):
    hosts.run_lldb(version, [f"command script import {hosts.HERE / 'trace_in_lldb.py'}",
                             f"script trace_in_lldb.run({str(folder)!r}, {words!r}, {str(path)!r}, "
                             f"{', '.join(repr(str(word)) for word in arguments)})"])
    return events_of(folder / "events.jsonl"), (folder / "printed").read_text(encoding="utf-8")


def functions(event):
    return [frame["function"] for frame in event["stack"]]


def check_sums(version, release, folder):
    path = hosts.program("buckets", release=release)
    events, printed = traced(version, path, folder, "", THREADS, COUNT)
    counted = buckets.figures((folder / "said").read_text(encoding="utf-8"))
    where = f"LLDB {version}, {path.name}"
    hosts.check("is about to end with status 0" in printed, f"{where}: {printed[-2000:]}")
    workers = buckets.check_sums(events, counted, where)
    hosts.check(json.loads((folder / "status").read_text()) in ([True, 0], [True, -1]), f"{where}: a bad end")
    check_births(where, folder)
    print(f"{where}: {len(events)} events, {len(workers)} of the threads, every counter exact")


def check_births(where, folder):
    """After the trace each bucket in the map has the persistentalloc that made it."""
    rows = json.loads((folder / "map.json").read_text(encoding="utf-8"))["rows"]
    buckets = [row for row in rows if row["kind"] == "profile_bucket"]
    hosts.check(len(buckets) >= THREADS * COUNT, f"{where}: {len(buckets)} profile buckets in the map")
    for row in buckets:
        birth = row["birth"]
        hosts.check(birth and birth["operation"] == "persistentalloc" and "runtime.newBucket" in functions(birth),
                    f"{where}: profile bucket {row['begin']}: {birth}")


def calls(events):
    """The system calls that both doors can see, and for whom they were made."""
    return [(event["operation"], event["size"], event["detail"],
             [name for name in functions(event) if name not in STUBS])
            for event in events if event["operation"] in ("mmap", "munmap", "madvise")]


def check_same(version, release, folder):
    path = hosts.program("buckets", release=release)
    seen, _ = traced(version, path, folder, "--until runtime.main", 1, 1)
    hosts.run_memmap("trace", "run", "--until", "runtime.main", "-o", folder / "kernel.jsonl", "--", path, 1, 1)
    expected = calls(events_of(folder / "kernel.jsonl"))
    hosts.check(calls(seen) == expected, f"LLDB {version}, {path.name}:\n{calls(seen)}\nkernel:\n{expected}")
    print(f"LLDB {version}, {path.name}: {len(expected)} system calls are the kernel's")


def check_ends(version, release, folder):
    program = str(hosts.program("buckets", release=release))
    text = hosts.run_lldb(version, [f"command script import {hosts.HERE / 'trace_in_lldb.py'}",
                                    f"script trace_in_lldb.ends({str(folder)!r}, {program!r})"])
    print(f"LLDB {version}: {' '.join(line for line in text.splitlines() if line.startswith('late'))}")


def releases_and_runs(what, wanted):
    """In the full run every release, and the newest 20 times; else those of the command line, and three times."""
    every = build_fixtures.load_table()["releases"]
    releases = list(every if WHOLE else wanted)
    return releases + [every[-1]] * ((19 if WHOLE else 2) if what == "sums" else 0)


def test(version, what, *rest):
    wanted, folder = rest[:-1], rest[-1]
    if what == "ends":
        return check_ends(version, wanted[0], folder)
    check_one = check_sums if what == "sums" else check_same
    for release in releases_and_runs(what, wanted):
        check_one(version, release, folder)
    return None


if __name__ == "__main__":
    sys.exit(hosts.main(test))
