#!/usr/bin/env python3
"""A trace ends with a sentence and all events so far, whatever the target does and whoever ends it; a process that was
traced while it ran goes on.  ends.py DOOR"""

import math
import os
import pathlib
import signal
import subprocess
import sys
import time

import traced
from traced import check, check_pieces, hosts, sizes, wait_for

LATENCY = "/dev/cpu_dma_latency"
PROMPT = 0.2  # seconds that Ctrl-C and a limit may take
ATTEMPTS = 3  # the machine may be busy; the best counts
# Few uprobes: the kernel takes long to remove each, and the next trace waits for that.
DOORS = {"ptrace": ["--door", "ptrace"], "auto": ["--what", "persistentalloc,m*"]}


def ends(folder, door, program, mode, sentence, count):
    trace = traced.trace(folder, "run", *DOORS[door], "--", program, mode)
    check(trace.code == 0, f"{mode}: exit {trace.code}: {trace.problem}")
    check(sentence in trace.text, f"{mode}: no '{sentence}' in: {trace.text[:300]}")
    check_pieces(trace.rows, sizes(0, count), mode)


def limit_is_prompt(folder, program):
    # A launch, the look at the end and the output are not what is measured.
    bare = limited = math.inf
    for _ in range(ATTEMPTS):
        bare = min(bare, took(folder, "run", "--door", "ptrace", "--hits", 1, "--", program, "wait"))
        limited = min(limited, took(folder, "run", "--door", "ptrace", "--limit", "500ms", "--", program, "wait"))
        if limited - bare < 0.5 + PROMPT:
            return
    raise hosts.Failed(f"--limit 500ms took {limited:.3f} s, and {bare:.3f} s without waiting")


def limit_begins_with_the_program(folder, door, program):
    """Setting all probes takes far longer than the limit, so there would never be an event if it counted."""
    for _ in range(ATTEMPTS):
        trace = traced.trace(folder, "run", "--door", door, "--limit", "10ms", "--", program, "wait")
        check("the time limit" in trace.text, f"--limit 10ms: {trace.text[:200]}")
        if trace.rows:
            return
    raise hosts.Failed(f"--limit 10ms ended before the program had begun: {trace.text[:200]}")


def by_limit(folder, door, program):
    limit_is_prompt(folder, program)
    limit_begins_with_the_program(folder, door, program)
    trace = traced.trace(folder, "run", "--door", door, "--hits", 100, "--", program, "wait")
    check(100 <= len(trace.rows) < 140, f"--hits 100 gave {len(trace.rows)} events")
    trace = traced.trace(folder, "run", "--door", door, "--what", "munmap", "--hits", 100, "--", program, "wait")
    check(100 <= len(trace.rows) < 140 and f" {len(trace.rows)} events" in trace.text.replace(",", ""),
          f"--hits 100 of one operation gave {len(trace.rows)} events: {trace.text[-300:]}")
    trace = traced.trace(folder, "run", *DOORS[door], "--until", "main.pieces", "--", program, "wait")
    check("main.pieces was reached" in trace.text, f"--until: {trace.text[:200]}")
    check(not traced.pieces(trace.rows, "mmap", "main.take"), "--until went past the function")
    trace = traced.trace(folder, "run", *DOORS[door], "--until", "main.nothing", "--", program, "wait")
    check(trace.code == 64 and "no function main.nothing" in trace.problem,
          f"--until a function that is not there: exit {trace.code}: {trace.problem}")


def took(folder, *words):
    begin = time.monotonic()
    trace = traced.trace(folder, *words)
    # Where the heap is not set up yet the map has gaps, and 2 says so.
    check(trace.code in (0, 2), f"{words}: exit {trace.code}: {trace.problem}")
    return trace.ended - begin


def by_interrupt(folder, door, program):
    best = math.inf
    for _ in range(ATTEMPTS):
        best = min(best, one_interrupt(folder, door, program))
        if best < 2 * PROMPT:
            return
    raise hosts.Failed(f"Ctrl-C took {best:.3f} s")


def one_interrupt(folder, door, program):
    """The seconds from Ctrl-C to the end."""
    process = traced.start(folder, ["run", *DOORS[door], "--", program, "wait"])
    traced.until_ready(process)
    target, = traced.children(process.pid)
    traced.until_it_ran(target)
    begin = time.monotonic()
    traced.interrupt(process)
    trace = traced.finish(folder, process)
    check("interrupted" in trace.text and trace.code == 0, f"Ctrl-C: exit {trace.code}, {trace.text[:200]}")
    check(traced.pieces(trace.rows, "mmap", "main.take"), "Ctrl-C: no event")
    return trace.ended - begin


def state(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("State", "TracerPid"))}


def until_attached(pid):
    wait_for(lambda: state(pid)["TracerPid"] != "0", f"a tracer of process {pid}")


def attached(folder, door, program):
    """Ten traces of one process, ended in three ways; it runs on after each."""
    with subprocess.Popen([program, "wait"], stdout=subprocess.PIPE, env=traced.environment()) as target:
        target.stdout.readline()
        try:
            for i in range(10):
                one_attach(folder, door, target.pid, i)
        finally:
            target.kill()


def one_attach(folder, door, pid, i):
    words = [["--limit", "100ms"], ["--hits", "20"], ["--until", "main.take"]][i % 3]
    trace = traced.trace(folder, "continue", *DOORS[door], "-p", pid, *words)
    check(trace.code == 0, f"continue {words}: exit {trace.code}: {trace.problem}")
    check(trace.rows or i % 3 == 2, f"continue {words}: no event")
    taken = [size // 4096 // traced.THREADS for size, _ in traced.pieces(trace.rows, "mmap", "main.take")]
    # After piece 999 the program begins anew.
    check(taken == [(taken[0] + i) % 1000 for i in range(len(taken))] if taken else True,
          f"continue {words}: pieces are missing or twice: {taken}")
    after = state(pid)
    check(after["TracerPid"] == "0" and after["State"] in "SRD", f"after continue {words}: {after}")


def killed_while_attached(folder, door, program):
    with subprocess.Popen([program, "wait"], stdout=subprocess.PIPE, env=traced.environment()) as target:
        target.stdout.readline()
        process = traced.start(folder, ["continue", *DOORS[door], "-p", target.pid])
        until_attached(target.pid)
        traced.until_it_ran(target.pid)
        os.kill(target.pid, signal.SIGKILL)
        trace = traced.finish(folder, process)
    check("killed by SIGKILL" in trace.text, f"killed while attached: {trace.text[:200]}")
    check(traced.pieces(trace.rows, "mmap", "main.take"), "killed while attached: no event")


def comes_to(wanted, holds):
    """Whether it holds, or does not, within a second."""
    end = time.monotonic() + 1
    while holds() != wanted and time.monotonic() < end:
        time.sleep(0.01)
    return holds() == wanted


def keeps_cpus_awake(folder, door, program):
    """While stops come fast idle CPUs do not sleep; while none come they may."""
    if not os.access(LATENCY, os.W_OK):
        return  # only root may ask for it
    with subprocess.Popen([program, "wait"], stdout=subprocess.PIPE, env=traced.environment()) as target:
        target.stdout.readline()
        process = traced.start(folder, ["continue", *DOORS[door], "-p", target.pid])
        files = pathlib.Path(f"/proc/{process.pid}/fd")

        def asks():
            return any(os.path.realpath(file) == LATENCY for file in files.iterdir())

        try:
            until_attached(target.pid)
            check(comes_to(True, asks), "the CPUs of a busy trace may sleep")
            os.kill(target.pid, signal.SIGSTOP)
            check(comes_to(False, asks), "CPUs may not sleep although nothing is traced")
            os.kill(target.pid, signal.SIGCONT)
            check(comes_to(True, asks), "the CPUs of a trace that is busy again may sleep")
        finally:
            process.send_signal(signal.SIGINT)
            traced.finish(folder, process)
            target.kill()


def named(folder, program):
    """Go 1.25 gives its mappings names: a second system call of one function."""
    trace = traced.trace(folder, "run", "--", program, "busy", 1, env=traced.environment(GODEBUG="decoratemappings=1"))
    names = trace.calls("prctl")
    check(names and names[0]["name"].startswith(" Go: "), f"names: {[row['name'] for row in names]}")
    for row in names:
        inside = [other["operation"] for other in trace.rows if other["parent"] == row["parent"]]
        check(inside == ["mmap", "prctl"], f"the function around a name has {inside} in it")


def refused(folder):
    wrong: list = [(["run", "--", "/nonexistent"], 3), (["run", "--", "/bin/true"], 3), (["continue", "-p", 999999999], 3),
                   (["run"], 64), (["continue"], 64)]
    for words, code in wrong:
        trace = traced.trace(folder, *words)
        check(trace.code == code and trace.problem, f"{words}: exit {trace.code}, {trace.problem}")


def without_rights(folder, program):
    """Without CAP_SYS_ADMIN, and as somebody who may do nothing, there are no uprobes, and all else is as ever."""
    for lost in ("sys_admin", "all") if os.geteuid() == 0 else ("",):
        bare = ["setpriv", f"--bounding-set=-{lost}", f"--inh-caps=-{lost}", "--"] if lost else []
        done = subprocess.run([*bare, str(traced.MEMMAP), "trace", "run", "--", program, "alone", "3"], text=True,
                              capture_output=True, check=False, timeout=traced.TIMEOUT, env=traced.environment())
        check(done.returncode == 0 and "need CAP_SYS_ADMIN" in done.stdout and "mmap" in done.stdout,
              f"without the right to {lost}: exit {done.returncode}: {done.stdout[-300:]} {done.stderr}")


def test(door, folder):
    program = traced.program("requests")
    ends(folder, door, program, "exec", "started another program", 3)
    ends(folder, door, program, "fork", "1 child process was followed", 6)
    ends(folder, door, program, "die", "was killed by SIGKILL", 3)
    by_limit(folder, door, program)
    by_interrupt(folder, door, program)
    attached(folder, door, program)
    killed_while_attached(folder, door, program)
    keeps_cpus_awake(folder, door, program)
    named(folder, program)
    without_rights(folder, program)
    refused(folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
