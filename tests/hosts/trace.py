#!/usr/bin/env python3
"""memmap trace inside one LLDB, against what the traced program itself counts.  trace.py LLDB TEST RELEASE…

sums      between start and exit each counter changes by exactly what the events say; the four threads of the program
          lose none of theirs; each piece in the map has the call that made it; nothing of LLDB's state changes
builds    the same for PIE and cgo, and for a running process between two stops; what is gone is listed; beside uprobes
          a trace is refused
recorded  the same where the runtime also takes pages away, and the system calls are those of the kernel's own record
same      until runtime.main, where threads begin, the system calls are those that the kernel sees (the door by ptrace)
ends      Ctrl-C, the time limit, --hits, --until, another program in its place, SIGKILL
"""

import collections
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import buckets
import hosts
from hosts import build_fixtures

sys.path.append(str(hosts.ROOT / "tests" / "trace"))
import kernel_record
import recorder

THREADS = 4
COUNT = 100
TRACED = ("mmap", "munmap", "madvise")
STUBS = ("runtime.sysMmap", "runtime.mmap", "runtime.sysMunmap", "runtime.munmap", "runtime.madvise")
WHOLE = bool(os.environ.get("MEMMAP_ALL"))


def events_of(path):
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line.get("table") == "rows"]


def in_lldb(version, call, *arguments, opening=(), timeout=120):
    """A function of trace_in_lldb.py, in an LLDB of its own."""
    words = ", ".join(repr(str(argument)) for argument in arguments)
    return hosts.run_lldb(version, [f"command script import {hosts.HERE / 'trace_in_lldb.py'}",
                                    f"script trace_in_lldb.{call}({words})"], opening, timeout)


def traced(version, path, folder, words, environment, *arguments):
    buckets.wait_for_removed_probes()
    in_lldb(version, "run", folder, words, environment, path, *arguments)
    return events_of(folder / "events.jsonl"), (folder / "printed").read_text(encoding="utf-8")


def counters(folder, name):
    """The runtime's counters at a stop, by memmap: nothing is flushed from 1.16 on."""
    said = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    spans = {row["kind"]: row["bytes"] for row in said["kinds"]["rows"]}
    found = said["counters"]
    if found["classes"]:
        classes = {row["name"].removeprefix("/memory/classes/").removesuffix(":bytes"): row["counter"]
                   for row in found["classes"]}
        values = {"buckhash_sys": classes["profiling/buckets"], "other_sys": classes["other"], "Sys": classes["total"],
                  "mspan_sys": classes["metadata/mspan/inuse"] + classes["metadata/mspan/free"],
                  "mcache_sys": classes["metadata/mcache/inuse"] + classes["metadata/mcache/free"],
                  "gc_misc_sys": classes["metadata/other"]}
    else:
        fields = {row["field"]: row["counter"] for row in found["memstats"]}
        values = {"buckhash_sys": fields["BuckHashSys"], "other_sys": fields["OtherSys"], "Sys": fields["Sys"],
                  "mspan_sys": fields["MSpanSys"], "mcache_sys": fields["MCacheSys"], "gc_misc_sys": fields["GCSys"]}
    # The runtime adds these in when it is asked.
    values["gc_misc_sys"] -= spans.get("workbuf_span", 0)
    return values


def is_under_way(event):
    """A call of another thread when the trace ended: it may have been counted or not."""
    return event["operation"] in ("sysAlloc", "persistentalloc") and event["address"] is None and event["size"]


def check_counters(where, events, folder, before=None):
    """Each counter, and with them what is left for the heap."""
    sums = buckets.charged(event for event in events if not is_under_way(event))
    changes = {name: value - (before[name] if before else 0) for name, value in counters(folder, "end").items()}
    buckets.check_equal(events, sums, changes, f"{where}, at the stop")


def check_sums(version, release, folder, variant="plain", environment=""):
    path = hosts.program("buckets", variant, release)
    where = f"LLDB {version}, {path.name} {environment}".strip()
    events, printed = traced(version, path, folder, "", environment, THREADS, COUNT)
    hosts.check("is about to end with status 0" in printed, f"{where}: {printed[-2000:]}")
    if any(map(is_under_way, events)):
        print(f"{where}: a call was under way at the end, once more")
        return check_sums(version, release, folder, variant, environment)
    check_counters(where, events, folder)
    counted = buckets.figures((folder / "said").read_text(encoding="utf-8"))
    workers = buckets.check_sums(events, counted, where)
    buckets.check_goroutines(workers, counted, where)
    hosts.check(json.loads((folder / "status").read_text()) in ([True, 0], [True, -1]), f"{where}: a bad end")
    check_births(where, folder)
    print(f"{where}: {len(events)} events, {len(workers)} of the threads, every counter exact")
    return events


def check_births(where, folder):
    """After the trace each piece of persistentalloc in the map has the call that made it."""
    found = json.loads((folder / "end.json").read_text(encoding="utf-8"))["map"]
    chunks = [row for row in found["rows"] if row["kind"] == "persistent_chunk"]
    spans = [(int(row["begin"], 16), int(row["end"], 16)) for row in chunks]
    kinds = collections.Counter()
    for row in found["rows"]:
        inside = any(begin <= int(row["begin"], 16) < end for begin, end in spans)
        if row["level"] != "block" or not inside or row["kind"] in ("persistent_free", "persistent_other"):
            continue
        birth = row["birth"]
        hosts.check(birth and birth["operation"] == "persistentalloc", f"{where}: {row['kind']} {row['begin']}: {birth}")
        maker = {"profile_bucket": "runtime.newBucket"}.get(row["kind"])
        maker = "runtime.(*fixalloc).alloc" if row["kind"].endswith("_pool") else maker
        hosts.check(maker is None or maker in buckets.functions(birth), f"{where}: {row['kind']} {row['begin']}: {birth}")
        kinds[row["kind"]] += 1
    hosts.check(kinds["profile_bucket"] >= THREADS * COUNT and kinds["mspan_pool"] and kinds["mcache_pool"],
                f"{where}: pieces in the map: {kinds}")


def check_gone(version, release, folder):
    """What was given back is listed: with so many spans the list of them is moved."""
    path = hosts.program("heap", release=release)
    events, _ = traced(version, path, folder, "--what sysAlloc,sysFree --until fmt.Fprintf", "", 128)
    listed = json.loads((folder / "end.json").read_text(encoding="utf-8"))["map"]["gone"]
    gone = {(row["operation"], row["address"], row["size"]) for row in listed}
    freed = {("sysAlloc", event["address"], event["size"]) for event in events if event["operation"] == "sysFree"}
    hosts.check(freed and freed <= gone, f"LLDB {version}, {path.name}: given back {freed}, gone {gone}")
    print(f"LLDB {version}, {path.name}: {len(gone)} events whose memory is gone")


def calls(events):
    """The system calls that both doors can see, and for whom they were made."""
    return [(event["operation"], event["size"], event["detail"],
             [name for name in buckets.functions(event) if name not in STUBS])
            for event in events if event["operation"] in ("mmap", "munmap", "madvise")]


def check_same(version, release, folder):
    path = hosts.program("buckets", release=release)
    seen, _ = traced(version, path, folder, "--until runtime.main", "", 1, 1)
    hosts.run_memmap("trace", "run", "--door", "ptrace", "--until", "runtime.main", "-o", folder / "kernel.jsonl", "--", path, 1, 1)
    expected = calls(events_of(folder / "kernel.jsonl"))
    first = next((pair for pair in itertools.zip_longest(calls(seen), expected) if pair[0] != pair[1]), None)
    hosts.check(first is None, f"LLDB {version}, {path.name}: the first difference, and the kernel's:\n{first}")
    print(f"LLDB {version}, {path.name}: {len(expected)} system calls are the kernel's")


def check_ends(version, release, folder):
    buckets.wait_for_removed_probes()
    program = hosts.program("buckets", release=release)
    text = in_lldb(version, "ends", folder, program)
    check_children(version, program, folder)
    in_lldb(version, "two_debuggers", hosts.PLUGIN, program)
    print(f"LLDB {version}: {' '.join(line for line in text.splitlines() if line.startswith('late'))}")


def check_children(version, program, folder):
    """Two threads that start children, at times together."""
    own = pathlib.Path(shutil.copy(program, folder / "children"))
    try:
        in_lldb(version, "children", own)
    finally:
        end_all(own)


def end_all(program):
    """What is left of a program of our own."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "exe") == str(program):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:
            continue


def check_builds(version, release, folder):
    """Other kinds of build, and a process that LLDB is attached to and lets go again."""
    for variant in ("pie", "cgo"):
        check_sums(version, release, folder, variant)
    path = hosts.program("buckets", release=release)
    with subprocess.Popen([path, "4", "3000", "slow"], stderr=subprocess.PIPE) as process:
        in_lldb(version, "go_on", folder, 100, opening=["-p", process.pid])
        said = process.communicate(timeout=60)[1].decode()
    hosts.check(process.returncode == 0 and "figures" in said, f"the process did not go on: {process.returncode} {said!r}")
    where, events = f"LLDB {version}, {path.name} attached", events_of(folder / "events.jsonl")
    check_counters(where, events, folder, counters(folder, "begin"))
    print(f"{where}: {len(events)} events, every counter exact")
    check_gone(version, release, folder)
    check_beside(version, release, folder)


def check_beside(version, release, folder):
    """Uprobes in the same file take the hits of breakpoints: a trace in LLDB then is refused, not half empty. The kernel
    takes seconds to let go of them: they are in a file of their own."""
    path = shutil.copy(hosts.program("buckets", release=release), folder / "beside")
    with subprocess.Popen([hosts.MEMMAP, "trace", "run", "--limit", "30s", "--", path, "1", "1", "wait"],
                          stdout=subprocess.PIPE, text=True) as other:
        pieces = 0
        while pieces < 4 and (line := other.stdout.readline()):
            pieces += "newBucket" in line  # by ptrace few are seen
        if pieces == 4:
            in_lldb(version, "refused", path)
            other.send_signal(signal.SIGINT)
        other.communicate(timeout=60)
    if pieces < 4:
        hosts.lack("no uprobes: a trace beside them was not tried")
    print(f"LLDB {version}, Go {release}: beside uprobes a trace is refused")


def check_recorded(version, release, folder):
    """With GODEBUG=efence=1 memory that is freed is made inaccessible: sysFault. Go 1.19 then ends in ReadMemStats, as it
    leaves that out of a sum that it checks."""
    environment = "" if release.startswith("1.19") else "GODEBUG=efence=1"
    with kernel_record.tracefs(folder) as place:
        if place is None:
            raise hosts.Skipped("tracefs cannot be mounted: the calls were not compared with the kernel's own record")
        with kernel_record.Instance(place, recorder.EVENTS) as record:
            record.follow_me()
            events = check_sums(version, release, folder, environment=environment)
            recorded = recorder.calls_of(record.lines())
    where = f"LLDB {version}, Go {release}"
    for thread in json.loads((folder / "threads").read_text()):
        seen = [recorder.of_row(event) for event in events if event["thread"] == thread and event["operation"] in TRACED]
        truth = [recorder.as_event(*call) for call in recorded.get(thread, []) if call[0] in TRACED]
        hosts.check(seen == truth, f"{where}: thread {thread}: {len(seen)} events, {len(truth)} calls, first difference "
                    f"{next((pair for pair in zip(seen, truth) if pair[0] != pair[1]), 'at the end')}")
    check_advice(where, events, bool(environment))


def check_advice(where, events, with_faults):
    """Each madvise that takes pages away is part of sysUnused or sysFault, and each of these does what it is there for."""
    by_sequence = {event["sequence"]: event for event in events}
    parts = collections.Counter()
    for event in events:
        parent = by_sequence.get(event["parent"])
        if parent and event["operation"] in ("mmap", "madvise"):
            parts[parent["sequence"]] += 1
        if event["operation"] == "madvise" and event["protection"] in (4, 8):  # MADV_DONTNEED, MADV_FREE
            hosts.check(parent and parent["operation"] in ("sysUnused", "sysFault"), f"{where}: {event} is part of {parent}")
            hosts.check(parent["size"] == event["size"], f"{where}: {event} is part of {parent}")
    count = collections.Counter(event["operation"] for event in events)
    hosts.check(count["sysUnused"] and bool(count["sysFault"]) == with_faults, f"{where}: {count}")
    for event in events:
        if event["operation"] in ("sysUnused", "sysFault"):
            hosts.check(parts[event["sequence"]], f"{where}: nothing inside {event}")
    print(f"{where}: {count['sysUnused']} sysUnused, {count['sysFault']} sysFault, as the kernel has seen")


def releases_and_runs(what, wanted):
    """In the full run every release, and the newest 20 times; else those of the command line, and three times."""
    every = build_fixtures.load_table()["releases"]
    releases = list(every if WHOLE else wanted)
    if what == "same":  # since 1.26 the heap's place is random, and with it where it grows
        releases = [release for release in releases if not release.startswith(("1.26", "1.27"))]
    return releases + [every[-1]] * ((19 if WHOLE else 2) if what == "sums" else 0)


def test(version, what, *rest):
    wanted, folder = rest[:-1], rest[-1]
    if what == "ends":
        return check_ends(version, wanted[0], folder)
    if what == "builds":
        return check_builds(version, wanted[0], folder)
    checks: dict = {"sums": check_sums, "same": check_same, "recorded": check_recorded}
    for release in releases_and_runs(what, wanted):
        checks[what](version, release, folder)
    return None


if __name__ == "__main__":
    sys.exit(hosts.main(test))
