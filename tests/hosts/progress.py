#!/usr/bin/env python3
"""The progress line at a debugger's prompt: past a second, gone before the answer, nowhere else.  progress.py gdb|LLDB"""

import dataclasses
import pathlib
import sys

import hosts
import remote
from hosts import check
from terminal import LONG, SlowReader, Terminal, lines_in

# Makes the analysis as slow as that of a big core: annotators are a part of it.
SLOW_ANALYSIS = "python import memmap, time; memmap.annotators.append(lambda m: time.sleep(1.5))"


@dataclasses.dataclass
class Debugger:
    words: list     # how it is started
    option: str     # before a command
    batch: str
    opening: list   # commands
    python: str     # before a line of Python
    folder: pathlib.Path

    def line(self, commands, *options):
        result = [*self.words, *options]
        for command in [*self.opening, *commands]:
            result += [self.option, command]
        return result

    @property
    def done(self):
        """A command that prints "finished"."""
        return f"{self.python} print('fin' + 'ished')"

    def ask(self, terminal, command, line="", then=lambda: None):
        """What appears from a typed command on, until it has ended; and what to do once a line is there."""
        terminal.type(command)
        terminal.type(self.done)
        shown = terminal.shown_until(line)
        then()
        return shown + terminal.shown_until("finished")


def gdb(core, program, folder):
    words = [hosts.doors.gdb_command() or hosts.lack("no gdb"), "-nx", "-iex", "set auto-load no", "-iex",
             "set debuginfod enabled off"]
    return Debugger(words, "-ex", "-batch", [f"source {hosts.doors.GDB_FRONT_END}", f"file {program}", f"core-file {core}"],
                    "python", folder)


def lldb(version, core, program, folder):
    return Debugger([hosts.launcher(version), "--no-lldbinit"], "-o", "--batch",
                    [f"plugin load {hosts.PLUGIN}", f"target create {program} --core {core}"],
                    "script", folder)


def at_prompt(debugger, expected, line="", **env):
    """What the line says while a typed command takes long: until the line is there, if it is to come."""
    with Terminal(debugger.line([debugger.done]), debugger.folder, **env) as terminal:
        terminal.shown_until("finished")
        quick = debugger.ask(terminal, f"memmap annotate --format json -o {debugger.folder}/file")
        slow = SlowReader(debugger.folder / "pipe")
        shown = debugger.ask(terminal, f"memmap annotate --format json -o {slow.path}", line,
                             lambda: slow.come(0 if line else LONG))
        check(slow.end() == expected, "the bytes of the file are not those of the command")
    check(lines_in(quick) == [], f"a quick command shows progress: {quick!r}")
    return lines_in(shown)


def with_nobody(debugger, expected, options, redirection=""):
    """The same by an option of the debugger's, with a part of its terminal sent elsewhere."""
    slow, begun = SlowReader(debugger.folder / "pipe"), debugger.folder / "begun"
    begun.unlink(missing_ok=True)
    words = debugger.line([f"{debugger.python} open('{begun}', 'w').close()",
                           f"memmap annotate --format json -o {slow.path}"], *options)
    with Terminal(["sh", "-c", f'exec "$@" {redirection}', "sh", *words], debugger.folder) as terminal:
        remote.wait_for(begun, terminal.process)
        slow.come(LONG)
        check(slow.end() == expected, "the bytes of the file are not those of the command")
        if redirection:
            terminal.type("quit")
        shown = terminal.shown_by_end()
    elsewhere = "".join(path.read_text() for path in debugger.folder.glob("elsewhere"))
    check("memmap: " not in shown + elsewhere, f"progress with {options} {redirection}: {shown!r} {elsewhere!r}")


def slow_analysis(debugger):
    """In gdb it is Python that makes the map, and the verb that prints it."""
    with Terminal(debugger.line([SLOW_ANALYSIS, debugger.done]), debugger.folder) as terminal:
        terminal.shown_until("finished")
        shown = debugger.ask(terminal, "memmap summary --rows 3")
    check(set(lines_in(shown)) == {"sorting what was found"}, f"a slow analysis shows {shown!r}")
    check(shown.index("memmap: ") < shown.index("COUNTER"), f"the line comes after the answer: {shown!r}")


def test(which, folder):
    core, program = hosts.kernel_core(folder)
    debugger = gdb(core, program, folder) if which == "gdb" else lldb(which, core, program, folder)
    expected = hosts.run_memmap("annotate", "--format", "json", "--core", core, "--exe", program)
    said = at_prompt(debugger, expected, "memmap: writing")
    check(said and set(said) == {"writing"}, f"a slow command says {said}")
    check(at_prompt(debugger, expected, TERM="dumb") == [], "progress on a terminal that takes no escape sequences")
    with_nobody(debugger, expected, [debugger.batch])
    with_nobody(debugger, expected, [], "2>elsewhere")
    with_nobody(debugger, expected, [], ">elsewhere")
    if which == "gdb":
        slow_analysis(debugger)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
