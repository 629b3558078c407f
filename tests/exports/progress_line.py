#!/usr/bin/env python3
"""The progress line: on a terminal, past a second, and gone at the end; never in a file or a pipe."""

import subprocess
import sys

import exports
from exports import check
from terminal import LONG, SlowReader, Terminal, lines_in


def annotate(target, output):
    return [exports.MEMMAP, "annotate", "--format", "json", "--core", target.core, "--exe", target.program, "-o", output]


def on_terminal(target, output, **options):
    return Terminal(annotate(target, output), target.folder, **options)


def raw(target, output):
    """On a terminal that a line editor has."""
    shell = ["sh", "-c", "stty -icanon; exec \"$@\"", "sh", *annotate(target, output)]
    return Terminal(shell, target.folder)


def behind(target, output):
    """As a job in the background, while another has the terminal."""
    shell = ["sh", "-mc", "\"$@\" & wait", "sh", *annotate(target, output)]
    return Terminal(shell, target.folder)


def dumb(target, output):
    return on_terminal(target, output, TERM="dumb")


def narrow(target, output):
    return on_terminal(target, output, columns=14)


def shown_in(terminal):
    """What has appeared since, once memmap has ended."""
    shown = terminal.shown_by_end()
    check(terminal.process.returncode == 0, f"memmap ended with {terminal.process.returncode}: {shown}")
    return shown


def slowly(target, wanted, place, line=""):
    """What appears of a run whose file is read late: once the line is there, or after long where none may come."""
    slow = SlowReader(target.folder / "pipe")
    with place(target, slow.path) as terminal:
        shown = terminal.shown_until(line)
        slow.come(0 if line else LONG)
        shown += shown_in(terminal)
    check(slow.end() == wanted, "the bytes of the file are not those of stdout")
    return shown


def in_pipe(target, wanted):
    slow = SlowReader(target.folder / "pipe")
    slow.come(LONG)
    done = subprocess.run(list(map(str, annotate(target, slow.path))), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    check(slow.end() == wanted, "the bytes of the file are not those of stdout")
    return (done.stdout + done.stderr).decode()


def test(folder):
    target = exports.Target(folder)
    wanted = target.printed("annotate", "--format", "json")
    with on_terminal(target, folder / "file") as terminal:
        check(shown_in(terminal) == "", "a quick run shows progress")
    lines = lines_in(slowly(target, wanted, on_terminal, "memmap: writing"))
    check(lines and set(lines) == {"writing"}, f"a slow run says {lines}")
    for shown in (in_pipe(target, wanted), *(slowly(target, wanted, place) for place in (raw, behind, dumb))):
        check(not shown, f"progress where none may be: {shown!r}")
    shown = slowly(target, wanted, narrow, "memmap: writi")
    check("\rmemmap: writi\r" in shown.replace("\x1b[K", ""), f"in 14 columns: {shown!r}")


if __name__ == "__main__":
    sys.exit(exports.main(test))
