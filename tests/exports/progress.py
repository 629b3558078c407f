#!/usr/bin/env python3
"""The progress line: on a terminal, past a second, and gone at the end; never in a file or a pipe."""

import subprocess
import sys

import exports
from exports import check
from terminal import SlowReader, Terminal, lines_in


def annotate(target, output):
    return [exports.MEMMAP, "annotate", "--format", "json", "--core", target.core, "--exe", target.program, "-o", output]


def on_terminal(target, output, **env):
    """What the line says of one run on a terminal."""
    with Terminal(annotate(target, output), target.folder, **env) as terminal:
        text = terminal.shown_by_end()
        check(terminal.process.returncode == 0, f"memmap ended with {terminal.process.returncode}: {text}")
    lines = lines_in(text)
    check(lines or text == "", f"besides the line there is {text!r}")
    return lines


def slowly(target, wanted, look):
    """What `look` gives of a run whose file is read late."""
    slow = SlowReader(target.folder / "pipe")
    seen = look(target, slow.path)
    check(slow.end() == wanted, "the bytes of the file are not those of stdout")
    return seen


def in_pipe(target, output):
    done = subprocess.run(list(map(str, annotate(target, output))), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return done.stdout + done.stderr


def raw(target, output):
    """On a terminal that a line editor has."""
    shell = ["sh", "-c", "stty -icanon; exec \"$@\"", "sh", *annotate(target, output)]
    with Terminal(shell, target.folder) as terminal:
        return terminal.shown_by_end()


def behind(target, output):
    """As a job in the background, while another has the terminal."""
    shell = ["sh", "-mc", "\"$@\" & wait", "sh", *annotate(target, output)]
    with Terminal(shell, target.folder) as terminal:
        return terminal.shown_by_end()


def narrow(target, output):
    with Terminal(annotate(target, output), target.folder, columns=14) as terminal:
        return terminal.shown_by_end()


def test(folder):
    target = exports.Target(folder)
    wanted = target.printed("annotate", "--format", "json")
    check(on_terminal(target, folder / "file") == [], "a quick run shows progress")
    lines = slowly(target, wanted, on_terminal)
    check(lines and set(lines) == {"writing"}, f"a slow run says {lines}")
    for place in (in_pipe, raw, behind, lambda *rest: on_terminal(*rest, TERM="dumb")):
        shown = slowly(target, wanted, place)
        check(not shown, f"progress where none may be: {shown!r}")
    shown = slowly(target, wanted, narrow)
    check("\rmemmap: writi\r" in shown.replace("\x1b[K", ""), f"in 14 columns: {shown!r}")


if __name__ == "__main__":
    sys.exit(exports.main(test))
