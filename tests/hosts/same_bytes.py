#!/usr/bin/env python3
"""One target, two doors, the same bytes: inside one LLDB and without a debugger.  same_bytes.py LLDB core|live"""

import sys

import hosts

VERBS = ("annotate", "reconcile", "summary", "explain")
WORDS = {"explain": ["explain", "&runtime.mheap_+8"]}
FORMATS = ("text", "json")


def compare(folder, one, other):
    for verb in VERBS:
        for form in FORMATS:
            left = (folder / f"{one}-{verb}.{form}").read_text(encoding="utf-8")
            right = (folder / f"{other}-{verb}.{form}").read_text(encoding="utf-8")
            hosts.check(left != "", f"{verb} as {form}: nothing was printed")
            if left != right:
                pairs = enumerate(zip(left.splitlines(), right.splitlines()), 1)
                line, (a, b) = next(((n, pair) for n, pair in pairs if pair[0] != pair[1]), (0, ("length", "")))
                raise hosts.Failed(f"{verb} as {form}, line {line}:\n  {one}: {a[:300]}\n  {other}: {b[:300]}")


def core(version, folder):
    path, program = hosts.kernel_core(folder)
    hosts.run_lldb(version, [f"target create {program} --core {path}", hosts.call("core_reports", folder)])
    for verb in VERBS:
        for form in FORMATS:
            printed = hosts.run_memmap(*WORDS.get(verb, [verb]), "--core", path, "--exe", program, "--format", form)
            (folder / f"command-{verb}.{form}").write_bytes(printed)
    compare(folder, "command", "lldb")
    compare(folder, "command", "again")


def live(version, folder):
    with hosts.oracle.Oracle(hosts.program("oracle"), [], False, folder) as process:
        process.wait_for_stop()
        # Reading maps pages of the program's file; LLDB's analysis of this stop is made once and kept.
        hosts.run_memmap("reconcile", "-p", process.pid)
        hosts.run_lldb(version, [hosts.call("live_reports", folder, hosts.MEMMAP), "process detach"],
                       opening=["-p", process.pid])
        process.let_go()
        hosts.check(process.figures()["memstats"], "the process did not go on after LLDB had left")
        hosts.check(process.wait() == 0, "the process did not end well after LLDB had left")
    compare(folder, "beside", "lldb")


def test(version, kind, folder):
    {"core": core, "live": live}[kind](version, folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
