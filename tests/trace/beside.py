#!/usr/bin/env python3
"""Uprobes alone, of a process that a debugger holds: gdb starts it and stops at its first instruction, memmap places its
probes beside, and gdb lets it run.

    beside.py [--all]     every counter of the program is the sum of what the events say; then each way in which such a
                          trace ends
"""

import contextlib
import pathlib
import shutil
import subprocess
import sys

import traced
from traced import buckets, check, hosts, wait_for

COUNT = 100
DOORS = "functions of the runtime by uprobes alone; system calls of other code are not seen"


def waits_for_hits(process):
    """In poll, which comes when all probes are in place."""
    return process.poll() is not None or pathlib.Path(f"/proc/{process.pid}/syscall").read_text().split()[0] == "7"


class Debugged:
    """A program in gdb, at its first instruction until go()."""

    def __init__(self, folder, program, *words):
        self.ready, self.go_on = folder / "ready", folder / "go"
        for file in (self.ready, self.go_on):
            file.unlink(missing_ok=True)
        wait = f"shell touch {self.ready}; while [ ! -e {self.go_on} ]; do sleep 0.02; done"
        commands = ["set confirm off", "set startup-with-shell off", "set auto-load python-scripts off", "starti", wait,
                    "continue"]
        options = [word for command in commands for word in ("-ex", command)]
        self.process = subprocess.Popen(["gdb", "-nx", "-q", "-batch", *options, "--args", program, *map(str, words)], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=traced.environment(DEBUGINFOD_URLS=""))
        wait_for(self.ready.exists, "gdb at the first instruction")
        self.pid = next(pid for pid in traced.children(self.process.pid)
                        if pathlib.Path(f"/proc/{pid}/exe").resolve() == pathlib.Path(program).resolve())

    def go(self):
        self.go_on.touch()

    def said(self):
        """What the program printed; what gdb tells of its threads is in stdout."""
        return self.process.communicate(timeout=traced.TIMEOUT)[1]

    def end(self):
        self.go()
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                subprocess.run(["kill", "-KILL", str(self.pid)], check=False, capture_output=True)
            self.process.kill()
            self.process.wait()


def begin(folder, pid, *words):
    """A trace whose probes are all in place."""
    process = traced.start(folder, ["continue", "-p", pid, *words])
    wait_for(lambda: waits_for_hits(process), "probes")
    return process


def traced_beside(folder, program, arguments, words=(), while_it_runs=lambda process, pid: None):
    """The trace, and what the program has said if the trace has seen its end."""
    debugged = Debugged(folder, program, *arguments)
    try:
        process = begin(folder, debugged.pid, *words)
        debugged.go()
        while_it_runs(process, debugged.pid)
        trace = traced.finish(folder, process)
        return trace, debugged.said() if "ended. " in trace.text else ""
    finally:
        debugged.end()


def check_sums(folder, release):
    what = f"Go {release}"
    trace, said = traced_beside(folder, traced.program("buckets", release), [traced.THREADS, COUNT])
    if "CAP_SYS_ADMIN" in trace.problem:
        raise hosts.Skipped(trace.problem)
    check(trace.code in (0, 2), f"{what}: exit {trace.code}: {trace.problem}")
    lacking = traced.lacks_goroutines(trace)
    findings = {finding["message"] for finding in trace.header["findings"]} - {lacking}
    check(findings == {DOORS}, f"{what}: {findings}")
    check("ended. " in trace.text, f"{what}: {trace.text[:200]}")
    counted = buckets.figures(said)
    made = buckets.check_sums(trace.rows, counted, what)
    if not lacking:
        buckets.check_goroutines(made, counted, what)
    calls = trace.calls("mmap", "munmap", "madvise")
    check(calls and all(row["parent"] for row in calls if row["operation"] != "madvise"), f"{what}: a system call in nothing")
    print(f"{what}: {len(trace.rows)} events beside gdb, every counter exact")
    return lacking


def test_ends(folder):
    program = traced.program("buckets")
    check_end(folder, program, ["2", "1", "wait"], ["--limit", "500ms"], "the time limit of 0.5 s is over", events=False)
    check_end(folder, program, ["2", "1", "wait"], [], "interrupted", interrupt_later)
    check_end(folder, program, ["2", "1", "wait"], ["--hits", "100"], "--hits 100 reached")
    check_end(folder, program, ["2", "1", "wait"], ["--until", "main.finish"], "main.finish was reached")
    check_end(folder, program, ["2", "1", "exec"], ["--what", "sysAlloc"], "started another program")
    check_end(folder, program, ["2", "1", "kill"], ["--what", "sysAlloc"], "ended. ")
    refused = traced.trace(folder, "run", "--door", "uprobes", "--", program, 1, 1)
    check(refused.code == 64 and "--door uprobes" in refused.problem, f"run --door uprobes: {refused.code} {refused.problem}")


def check_outside(folder, program):
    """A symbol that lies in no part of the file is refused in a sentence."""
    outside = folder / "outside"
    subprocess.run(["objcopy", "--add-symbol", "main.outside=0x10,function,global", program, outside], check=True)
    with subprocess.Popen([outside, "2", "1", "wait"], stdin=subprocess.DEVNULL) as target:
        try:
            trace = traced.trace(folder, "continue", "--door", "uprobes", "--what", "brk", "--until", "main.outside", "-p", target.pid)
            check(trace.code == 3 and "main.outside lies in no part" in trace.problem, f"outside: exit {trace.code}: {trace.problem}")
        finally:
            target.kill()


def interrupt_later(process, pid):
    """The runtime has its memory before it makes a second thread."""
    wait_for(lambda: len(list(pathlib.Path(f"/proc/{pid}/task").iterdir())) > 1, "a second thread")
    traced.interrupt(process)


def check_end(folder, program, arguments, words, sentence, while_it_runs=lambda process, pid: None,
              events=True):
    trace, _ = traced_beside(folder, program, arguments, words, while_it_runs)
    check(trace.code in (0, 2) and sentence in trace.text, f"{arguments} {words}: exit {trace.code}: {trace.text[:200]} {trace.problem}")
    check(trace.calls("sysAlloc") or not events, f"{arguments} {words}: no event")


def code_of(program, pid, function="runtime.persistentalloc"):
    """As it is in memory."""
    lines = subprocess.run(["nm", "-S", program], capture_output=True, check=True, text=True).stdout.splitlines()
    address, size = next(line.split()[:2] for line in lines if line.split()[-1] == function)
    with open(f"/proc/{pid}/mem", "rb") as memory:
        memory.seek(int(address, 16))
        return memory.read(int(size, 16))


def check_removed(folder, program, how, words=()):
    """The code is as it was, whichever way the trace has ended, and the program runs on."""
    with subprocess.Popen([program, "wait"], stdout=subprocess.PIPE, env=traced.environment()) as target:
        try:
            target.stdout.readline()
            before = code_of(program, target.pid)
            process = begin(folder, target.pid, "--door", "uprobes", *words)
            check(words or code_of(program, target.pid) != before, f"{how}: no probe in the code")
            if how == "killed":
                process.kill()
            process.communicate(timeout=traced.TIMEOUT)
            wait_for(lambda: code_of(program, target.pid) == before, f"{how}: the code as it was")
            check(target.poll() is None, f"{how}: the target has ended")
        finally:
            target.kill()


def test(*rest):
    *words, folder = rest
    if shutil.which("gdb") is None:
        hosts.lack("no gdb")
    lacking = {check_sums(folder, release) for release in traced.releases(words)} - {None}
    test_ends(folder)
    check_outside(folder, traced.program("buckets"))
    check_removed(folder, traced.program("requests"), "by limit", ["--limit", "200ms"])
    check_removed(folder, traced.program("requests"), "killed")
    if lacking:
        raise hosts.Skipped(lacking.pop())


if __name__ == "__main__":
    sys.exit(hosts.main(test))
