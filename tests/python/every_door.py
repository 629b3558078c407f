#!/usr/bin/env python3
"""Every question that a core can answer, with the events of its trace beside it, through one door: the bytes must be
those of the command without a debugger.

    every_door.py python|gdb|14|19|22
"""

import json
import os
import subprocess
import sys

from targets import hosts

import memmap

TABLES = (["annotate"], ["annotate", "--all", "--sort", "size"], ["summary"], ["summary", "-d", "mapping,counter,kind"],
          ["reconcile"], ["check"], ["kinds"], ["explain", "&runtime.mheap_+8"], ["explain", "1000"])
PICTURES = (["summary", "--bar"], ["reconcile", "-v"], ["annotate", "--kind", "*_span,goroutine_stack", "--units", "KiB"],
            ["annotate", "--range", "runtime.mheap_+4K"])
EVENTS = "events.jsonl"  # beside the core, in the folder that each door runs in
WITH_EVENTS = (["annotate", "--births", "--events", EVENTS], ["trace", "report", EVENTS])
QUESTIONS = [*([*words, "--format", form] for words in TABLES for form in memmap._memmap.formats()), *PICTURES,
             *(["export", form] for form in memmap._memmap.export_formats()),
             *([*words, "--format", form] for words in WITH_EVENTS for form in memmap._memmap.formats()),
             ["annotate", "--births", "--all", "--events", EVENTS],
             *(["trace", "report", EVENTS, *more] for more in (["--by", "kind"], ["--format", "pprof"], ["--format", "perfetto"]))]
SCRIPT = "import memmap; [memmap.current().run(*words) for words in {}]"


def traced_core(folder):
    """(core, program): the kernel's core of a program that crashes while it is traced."""
    right = hosts.machine.missing_right("kernel_core")
    if right:
        raise hosts.Skipped(right)
    program = hosts.program("oracle")
    hosts.machine.allow_cores()
    words = [str(hosts.MEMMAP), "trace", "run", "-o", EVENTS, "--", str(program), "core"]
    done = subprocess.run(words, input=b"go on\n", cwd=folder, env=hosts.oracle.environment(False), capture_output=True, check=False)
    cores = list(folder.glob("core*"))
    hosts.check(done.returncode in (0, 2) and len(cores) == 1, f"{done.returncode}, {cores}: {done.stderr.decode()[-1000:]}")
    return cores[0], program


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
    code, out, err = hosts.doors.run(words, os.getcwd(), 120)
    hosts.check(code == 0 and "Traceback" not in out + err, f"{code}: {(out + err)[-2000:]}")


def test(door, folder):
    os.environ.pop("PYTHONPATH", None)
    core, program = traced_core(folder)
    os.chdir(folder)
    {"python": in_python, "gdb": in_gdb}.get(door, lambda *rest: in_lldb(door, *rest))(core, program, folder)
    for words in asked(folder / "command"):
        hosts.run_memmap(*words, *([] if words[0] == "trace" else ["--core", core, "--exe", program]))
    for place in {"alone", "commands", "module"} & {path.name for path in folder.iterdir()}:
        for number, words in enumerate(QUESTIONS):
            expected, got = ((folder / name / str(number)).read_bytes() for name in ("command", place))
            hosts.check(expected and got == expected, f"{' '.join(words)}: {door}, {place}, differs from the command")
    births = (folder / "command" / str(QUESTIONS.index([*WITH_EVENTS[0], "--format", "json"]))).read_bytes()
    born = sum(row["birth"] is not None for row in json.loads(births)["rows"])
    hosts.check(born > 100, f"{born} rows have a birth")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
