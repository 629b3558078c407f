#!/usr/bin/env python3
"""The progress line: on a terminal, past a second, and gone at the end; never in a file or a pipe."""

import os
import pty
import re
import subprocess
import sys
import threading

import exports
from exports import check

LONG = 1.5  # seconds that a reader lets memmap wait


def start(target, output, stderr):
    words = [exports.MEMMAP, "annotate", "--core", target.core, "--exe", target.program, "-o", output]
    return subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)


def terminal_text(end):
    text = b""
    try:
        while piece := os.read(end, 4096):
            text += piece
    except OSError:  # the other end is closed
        pass
    os.close(end)
    return text.decode()


def on_terminal(target, output, meanwhile):
    """What a terminal shows of one run; `meanwhile` happens while it goes on."""
    end, terminal = pty.openpty()
    with start(target, output, terminal) as process:
        os.close(terminal)
        meanwhile()
        text = terminal_text(end)
        check(process.wait() == 0, f"memmap ended with {process.returncode}: {text}")
    return text


class SlowReader:
    """A pipe with a name, whose reader comes late."""

    def __init__(self, path):
        self.path, self.bytes = path, b""
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        self.timer = threading.Timer(LONG, self.read)

    def read(self):
        self.bytes = self.path.read_bytes()

    def start(self):
        self.timer.start()


def test(folder):
    target = exports.Target(folder)
    wanted = target.printed("annotate")
    check(on_terminal(target, folder / "file", lambda: None) == "", "a quick run shows progress")

    slow = SlowReader(folder / "pipe")
    text = on_terminal(target, slow.path, slow.start)
    slow.timer.join()
    check(slow.bytes == wanted, "the bytes of the file are not those of stdout")
    check(re.search(r"\r\x1b\[Kmemmap: writing, 1\.\d s", text), f"a slow run shows {text!r}")
    check(text.endswith("\r\x1b[K"), f"the line stays: {text!r}")

    slow = SlowReader(folder / "pipe")
    with start(target, slow.path, subprocess.PIPE) as process:
        slow.start()
        check(process.stderr.read() == b"", "progress on a stderr that is no terminal")
    slow.timer.join()


if __name__ == "__main__":
    sys.exit(exports.main(test))
