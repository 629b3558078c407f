#!/usr/bin/env python3
"""What a trace adds up to, and its events opened by the programs that they are for: go tool pprof, Perfetto's own classes.
All three say the same, and from start to end what was taken and not given back is what is live."""

import json
import subprocess
import sys

import traced
from traced import ROOT, check, hosts

sys.path[:0] = [str(ROOT / "tests" / "exports")]

import exports          # noqa: E402
import perfetto_trace   # noqa: E402

PPROF_TYPES = ("taken", "given_back", "reserved", "live", "events")


class Timeline(perfetto_trace.Trace):
    """With the stacks of instants."""

    def __init__(self, data):
        self.stacks = []
        super().__init__(data)

    def add(self, time, event, names, labels, words):
        super().add(time, event, names, labels, words)
        if event.type == self.types.TYPE_INSTANT:
            frames = [frame.function_name for frame in event.callstack.frames]
            self.stacks.append((names[event.name_iid], list(reversed(frames))))


def check_sums(file):
    """From a program's start: what changed a counter or a kind is there at the end."""
    for what in ("counter", "kind"):
        rows = traced.report(file, what)
        check(len(rows) > 4, f"by {what}: {rows}")
        for row in rows:
            change = row["taken"] - row["given_back"]
            check(change == row["live"], f"by {what}: {row}: taken and not given back are {change}")


def check_pprof(file, folder):
    profile = folder / "events.pb.gz"
    traced.run_report(file, "--format", "pprof", "-o", profile)
    check(traced.run_report(file, "--format", "pprof") == profile.read_bytes(), "stdout and -o differ")
    raw = exports.go("tool", "pprof", "-raw", profile)
    samples = raw.partition("Samples:\n")[2].partition("Locations\n")[0].splitlines()[1:]
    values = [list(map(int, line.split(":")[0].split())) for line in samples if ":" in line and line.lstrip()[0].isdigit()]
    by_site = traced.report(file, "site")
    wanted = [sum(row["count" if name == "events" else name] for row in by_site) for name in PPROF_TYPES]
    found = [sum(column) for column in zip(*values)]
    check(found == wanted, f"pprof adds up to {found}, trace report to {wanted}")


def check_perfetto(file, folder):
    output = folder / "events.pftrace"
    traced.run_report(file, "--format", "perfetto", "-o", output)
    timeline = Timeline(output.read_bytes())
    events = [json.loads(line) for line in file.read_text().splitlines()[1:]]
    stacks = [(row["operation"], [frame["function"] or "not known" for frame in row["stack"]]) for row in events]
    check(timeline.stacks == stacks, "instants are not the events with their stacks")
    last = {name: values[-1] for name, values in timeline.counters("bytes by counter").items()}
    wanted = {row["counter"]: row["taken"] - row["given_back"] for row in traced.report(file, "counter") if "_" in row["counter"]}
    check(last == wanted, f"counter tracks end at {last}, trace report says {wanted}")
    kinds = timeline.counters("bytes by kind")
    check(sum(values[-1] for values in kinds.values()) == sum(row["live"] for row in traced.report(file, "kind")),
          "the tracks by kind do not add up to what is live")


def check_filtered(folder):
    """A file of some operations, whose numbers have gaps, is read like any other."""
    for what in ("mmap", "munmap,madvise", "sysAlloc,persistentalloc"):
        trace = traced.trace(folder, "run", "--what", what, "--", traced.program("requests"), "alone", 5)
        found = sorted(row["label"] if "label" in row else row["operation"] for row in traced.report(folder / "events.jsonl", "operation"))
        counts = sum(row["count"] for row in traced.report(folder / "events.jsonl", "operation"))
        check(trace.rows and counts == len(trace.rows) and set(found) <= set(what.split(",")),
              f"--what {what}: {len(trace.rows)} rows, read back as {counts} of {found}")


def check_refusals(file):
    for words, said in (((str(file), "--format", "pprof", "--by", "site"), "adds them up"),
                        ((str(file), "--format", "html"), "pprof"),
                        ((str(file), "-p", "1"), "takes no target"),
                        ((str(file), "--hits", "1"), "go with trace run"),
                        ((str(file), "--door", "ptrace"), "go with trace run"),
                        (("--by", "site"), "needs a file")):
        done = subprocess.run([str(traced.MEMMAP), "trace", "report", *words], capture_output=True, text=True, check=False)
        check(done.returncode == 64 and said in done.stderr, f"{words}: exit {done.returncode}: {done.stderr}")
    done = subprocess.run([str(traced.MEMMAP), "trace", "run", "--core", "x", "--", "/bin/true"],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 64 and "takes no target" in done.stderr, f"run with a target: {done.returncode}: {done.stderr}")
    done = subprocess.run([str(traced.MEMMAP), "trace", "continue", "-p", "1", "--", "/bin/true"],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 64 and "starts no program" in done.stderr, f"continue with a program: {done.returncode}: {done.stderr}")
    done = subprocess.run([str(traced.MEMMAP), "trace", "run", "/bin/true"],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 64 and "behind --" in done.stderr, f"a program before --: {done.returncode}: {done.stderr}")
    done = subprocess.run([str(traced.MEMMAP), "trace", "run", "--format", "perfetto", "--", "/bin/true"],
                          capture_output=True, text=True, check=False)
    check(done.returncode == 64 and "-o FILE" in done.stderr, f"binary on stdout: {done.returncode}: {done.stderr}")


def check_pprof_top(file):
    """Who asked, as go tool pprof says it."""
    profile = file.parent / "events.pb.gz"
    top = exports.go("tool", "pprof", "-top", "-cum", "-sample_index=taken", profile)
    check("main.take" in top and "runtime.(*mheap).sysAlloc" in top, f"no call site of the program in:\n{top}")


def check_documents(folder, *words, waits=False):
    process = traced.start(folder, ["run", "--", *words])
    if waits:
        traced.until_ready(process)
        traced.interrupt(process)
    trace = traced.finish(folder, process)
    check(trace.code == 0, f"exit {trace.code}: {trace.problem}")
    file = folder / "events.jsonl"
    check_sums(file)
    check_pprof(file, folder)
    check_perfetto(file, folder)
    return file


def test(folder):
    check_documents(folder, traced.program("cgodemo", variant="cgo"), waits=True)
    file = check_documents(folder, traced.program("requests"), "alone", 50)
    check_pprof_top(file)
    check_refusals(file)
    check_filtered(folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
