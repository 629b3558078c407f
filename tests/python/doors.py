#!/usr/bin/env python3
"""Every question that a core can answer, through one door: the bytes must be those of the command without a debugger.

    doors.py python|gdb|14|19|22
"""

import os
import sys

from targets import hosts

import memmap

TABLES = (["annotate"], ["annotate", "--all", "--sort", "size"], ["summary"], ["summary", "-d", "mapping,counter,kind"],
          ["reconcile"], ["check"], ["kinds"])
PICTURES = (["summary", "--bar"], ["reconcile", "-v"], ["annotate", "--kind", "*_span,goroutine_stack", "--units", "KiB"])
QUESTIONS = [*([*words, "--format", form] for words in TABLES for form in memmap._memmap.formats()), *PICTURES,
             *(["export", form] for form in memmap._memmap.export_formats())]
SCRIPT = "import memmap; [memmap.current().run(*words) for words in {}]"


def asked(folder):
    """Each question with the file that its answer goes to."""
    folder.mkdir()
    return [[*words, "-o", str(folder / str(number))] for number, words in enumerate(QUESTIONS)]


def in_python(core, program, folder):
    m = memmap.open_core(core, program)
    for words in asked(folder / "alone"):
        m.run(*words)


def in_gdb(core, program, folder):
    gdb = hosts.doors.gdb_command() or hosts.lack("no gdb")
    commands = [f"memmap {' '.join(words)}" for words in asked(folder / "commands")]
    commands += [f"python {SCRIPT.format(asked(folder / 'module'))}"]
    run([gdb, *hosts.doors.GDB_QUIET, str(program), str(core), "-ex", f"source {hosts.doors.GDB_FRONT_END}"], "-ex", commands)


def in_lldb(version, core, program, folder):
    commands = [f"plugin load {hosts.PLUGIN}", f"target create {program} --core {core}"]
    commands += [f"memmap {' '.join(words)}" for words in asked(folder / "commands")]
    commands += [f"script {SCRIPT.format(asked(folder / 'module'))}"]
    run([str(hosts.launcher(version)), "--no-lldbinit", "--batch"], "-o", commands)


def run(words, option, commands):
    for command in commands:
        words += [option, command]
    code, out, err = hosts.doors.run(words, hosts.BUILD, 120)
    hosts.check(code == 0 and "Traceback" not in out + err, f"{code}: {(out + err)[-2000:]}")


def test(door, folder):
    os.environ.pop("PYTHONPATH", None)
    core, program = hosts.kernel_core(folder)
    {"python": in_python, "gdb": in_gdb}.get(door, lambda *rest: in_lldb(door, *rest))(core, program, folder)
    for words in asked(folder / "command"):
        hosts.run_memmap(*words, "--core", core, "--exe", program)
    for place in {"alone", "commands", "module"} & {path.name for path in folder.iterdir()}:
        for number, words in enumerate(QUESTIONS):
            expected, got = ((folder / name / str(number)).read_bytes() for name in ("command", place))
            hosts.check(expected and got == expected, f"{' '.join(words)}: {door}, {place}, differs from the command")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
