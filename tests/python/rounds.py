#!/usr/bin/env python3
"""Stop, analyse, continue, again and again, from the Python of one debugger: no crash, no growth.

    rounds.py gdb|LLDB ROUNDS
"""

import os
import sys

from targets import hosts

HERE = hosts.ROOT / "tests" / "python"
LIMIT = 1800  # seconds, for 1,000 rounds


def in_gdb(program, rounds):
    gdb = hosts.doors.gdb_command() or hosts.lack("no gdb")
    return [gdb, *hosts.doors.GDB_QUIET, str(program), "-ex", f"source {hosts.doors.GDB_FRONT_END}",
            "-ex", f"python import sys; sys.path.insert(0, {str(HERE)!r}); import rounds_script",
            "-ex", f"python rounds_script.in_gdb({rounds})"]


def in_lldb(version, program, rounds):
    return [str(hosts.launcher(version)), "--no-lldbinit", "--batch", "-o", f"plugin load {hosts.PLUGIN}",
            "-o", f"target create {program}", "-o", f"command script import {HERE / 'rounds_script.py'}",
            "-o", f"script rounds_script.in_lldb({rounds})"]


def test(debugger, rounds, _):
    program = hosts.program("memdemo")
    command = in_gdb(program, rounds) if debugger == "gdb" else in_lldb(debugger, program, rounds)
    code, out, err = hosts.doors.run(command, hosts.BUILD, LIMIT)
    hosts.check(f"{rounds} rounds," in out, f"{debugger} ended with {code}: {(out + err)[-2000:]}")
    print(next(line for line in out.splitlines() if " rounds," in line and "script" not in line))


if __name__ == "__main__":
    if os.environ.get("MEMMAP_ALL"):
        sys.argv[2] = "1000"
    sys.exit(hosts.main(test))
