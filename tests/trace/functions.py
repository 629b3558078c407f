#!/usr/bin/env python3
"""Calls of the runtime's functions by uprobes: each persistentalloc is one that the kernel's own tracer saw in the same
run, by a probe of its own at another instruction; and every counter of the program is the sum of what the events say.

    functions.py RUNS [--all]     four busy threads, so often with the newest release, and once with each other
"""

import contextlib
import ctypes
import errno
import itertools
import os
import re
import struct
import subprocess
import sys

import traced
from traced import buckets, check, hosts, kernel_record

COUNT = 300
GROUP = f"memmap_{os.getpid()}"
TYPES = b"/sys/kernel/btf"
NEW_MOUNTS, PRIVATE = 0x20000, 0x44000  # CLONE_NEWNS; MS_REC | MS_PRIVATE
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, BPF = 22, 2, 321
LINE = re.compile(r"-(\d+)\s+\[\d+\].*?: persistentalloc: \(0x[0-9a-f]+\) size=(\d+) align=(\d+)$")


def lines_of(*command):
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()


def text_offset(program):
    """What to take off an address of the code for its place in the file."""
    for line in lines_of("readelf", "-lW", program):
        words = line.split()
        if words[:1] == ["LOAD"] and "E" in line.rpartition("0x")[0]:
            return int(words[2], 16) - int(words[1], 16)
    raise hosts.Failed(f"{program} has no code")


def probe_of(program):
    """Behind the instruction that makes the frame, where the arguments still are."""
    code = lines_of("objdump", "-d", "--no-show-raw-insn", "--disassemble=runtime.persistentalloc", program)
    code = [line.split(":", 1) for line in code if re.match(r"\s+[0-9a-f]+:\t", line)]
    for (_, frame), (address, _) in zip(code, code[1:]):  # noqa: B007  # that of the match
        match = re.match(r"\s*(push\s+%rbp|sub\s+\$(0x[0-9a-f]+),%rsp)", frame)
        if match:
            break
    in_registers = any(line.endswith("runtime.madvise.abi0") for line in lines_of("nm", program))
    above = int(match[2], 16) + 8 if match[2] else 16
    size, align = ("%ax", "%bx") if in_registers else (f"+{above}(%sp)", f"+{above + 8}(%sp)")
    return f"{program}:{int(address, 16) - text_offset(program):#x} size={size}:u64 align={align}:u64"


def define(place, line):
    file = os.open(place / "uprobe_events", os.O_WRONLY | os.O_APPEND)  # which cannot seek
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


@contextlib.contextmanager
def recorder_of(place, program):
    """None where there is no tracefs."""
    if place is None:
        yield None
        return
    define(place, f"p:{GROUP}/persistentalloc {probe_of(program)}\n")
    try:
        with kernel_record.Instance(place, [f"{GROUP}/persistentalloc"]) as recorder:
            yield recorder
    finally:
        define(place, f"-:{GROUP}/persistentalloc\n")


def first_difference(trace, seen, truth):
    """In a sentence; none if there is no difference."""
    for thread in sorted(seen.keys() | truth.keys()):
        ours, recorded = seen.get(thread, []), truth.get(thread, [])
        if ours != recorded:
            same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(ours, recorded))
            at = sum(1 for _ in same)
            events = sum(row["thread"] == thread for row in trace.rows)
            return (f"thread {thread}, of which the trace has {events} events of any kind: call {at} is {ours[at:at + 1]} and "
                    f"was recorded as {recorded[at:at + 1]}, of {len(ours)} calls and {len(recorded)} recorded")
    return ""


def compare(trace, recorder, what):
    truth: dict[int, list] = {}
    seen: dict[int, list] = {}
    for match in filter(None, map(LINE.search, recorder.lines())):
        truth.setdefault(int(match[1]), []).append((int(match[2]), int(match[3])))
    for row in trace.calls("persistentalloc"):
        seen.setdefault(row["thread"], []).append((row["size"], row["alignment"] or 0))
    difference = first_difference(trace, seen, truth)
    check(not difference, f"{what}: {sum(len(calls) for calls in seen.values())} calls of persistentalloc, "
                          f"{sum(len(calls) for calls in truth.values())} were recorded; {difference}")


def check_nesting(trace, what):
    """Who is inside whom, and that every call has ended with what it is to give."""
    by_sequence = {row["sequence"]: row for row in trace.rows}
    for row in trace.rows:
        parent = by_sequence.get(row["parent"])
        if row["operation"] in ("persistentalloc", "sysAlloc", "sysReserve"):
            check(row["address"], f"{what}: {row['operation']} {row['sequence']} has no result")
        if row["operation"] in ("mmap", "munmap"):
            check(parent and parent["thread"] == row["thread"], f"{what}: {row['operation']} {row['sequence']} is in nothing")
        if row["operation"] == "sysAlloc" and row["kind"] == "persistent_chunk":
            check(parent and parent["operation"] == "persistentalloc", f"{what}: a chunk that no persistentalloc has asked for")
        if parent:
            check(parent["sequence"] < row["sequence"] and parent["seconds"] <= row["seconds"],
                  f"{what}: {row['sequence']} is before its parent")


def one_run(place, program, folder, what):
    with recorder_of(place, program) as recorder:
        process = traced.start(folder, ["run", "--", program, traced.THREADS, COUNT],
                               preexec_fn=recorder and recorder.follow_me)
        trace = traced.finish(folder, process)
        check(trace.code in (0, 2), f"{what}: exit {trace.code}: {trace.problem}")
        doors = [finding["message"] for finding in trace.header["findings"] if finding["code"] == "doors"]
        if doors and "CAP_SYS_ADMIN" in doors[0]:
            raise hosts.Skipped(doors[0])
        check(doors == ["functions of the runtime by uprobes, system calls by ptrace"], f"{what}: {doors}")
        check(not [finding for finding in trace.header["findings"] if finding["code"] == "lost"], f"{what}: hits were lost")
        if recorder:
            compare(trace, recorder, what)
    check_nesting(trace, what)
    counted = buckets.figures(trace.problem)
    made = buckets.check_sums(trace.rows, counted, what)
    if not traced.lacks_goroutines(trace):
        buckets.check_goroutines(made, counted, what)
    return trace


def hide_types():
    """What describes the kernel's types, for a process to come and its children."""
    libc = ctypes.CDLL(None, use_errno=True)
    for done in (libc.unshare(NEW_MOUNTS), libc.mount(b"none", b"/", None, PRIVATE, None),
                 libc.mount(b"none", TYPES, b"tmpfs", 0, None)):
        if done != 0:
            raise OSError(ctypes.get_errno(), "a mount of one's own")


def refuse_programs():
    """The kernel takes no program of memmap's: bpf() fails, by a filter of system calls."""
    instruction = struct.Struct("=HBBI")  # of the classic BPF
    code = ctypes.create_string_buffer(b"".join((
        instruction.pack(0x20, 0, 0, 0),                      # load the number of the call
        instruction.pack(0x15, 0, 1, BPF),                    # is it bpf?
        instruction.pack(0x06, 0, 0, 0x50000 | errno.EPERM),  # it fails
        instruction.pack(0x06, 0, 0, 0x7fff0000))))           # all others do not
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "a filter of one's own")


def check_without(what, take_away, sentence, program, folder):
    """Every call all the same, and a sentence about the goroutines."""
    trace = traced.trace(folder, "run", "--", program, traced.THREADS, COUNT, preexec_fn=take_away)
    counted = buckets.figures(trace.problem)
    made = buckets.check_sums(trace.rows, counted, f"without {what}")
    check(any(sentence in finding["message"] for finding in trace.header["findings"]),
          f"without {what}: {trace.header['findings']}")
    check(any(row["goroutine"] is None for row in made), f"without {what}: a goroutine that nobody has read")
    check({row["goroutine"] for row in made} <= {None, *counted["goroutines"]}, f"without {what}: a goroutine of another")


def test(runs, *rest):
    *words, folder = rest
    with kernel_record.tracefs(folder) as place:
        for release in traced.releases(words):
            program = traced.program("buckets", release)
            newest = release.startswith(traced.NEWEST)
            for run in range(int(runs) if newest else 1):
                trace = one_run(place, program, folder, f"Go {release}, run {run}")
            print(f"Go {release}: {len(trace.rows)} events, every counter exact, each for its goroutine")
        if traced.lacks_goroutines(trace):
            raise hosts.Skipped(traced.lacks_goroutines(trace))
        newest = traced.program("buckets")
        check_without("the kernel's types", hide_types, "does not describe its types", newest, folder)
        check_without("a program in the kernel", refuse_programs, "takes no program", newest, folder)
        if place is None:
            raise hosts.Skipped("tracefs cannot be mounted: the calls were not compared with the kernel's own record")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
