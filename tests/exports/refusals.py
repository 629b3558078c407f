#!/usr/bin/env python3
"""What cannot be exported is one sentence and exit 64, and no file is left behind."""

import os
import pty
import subprocess
import sys

import exports
from exports import check


def refused(target, sentence, *words):
    before = sorted(target.folder.iterdir())
    code, out, err = target.run("export", *words)
    check(code == 64 and out == b"", f"export {' '.join(map(str, words))}: exit {code}, {len(out)} bytes printed")
    check(sentence in err and err.count("\n") == 1, f"export {' '.join(map(str, words))} says: {err}")
    check(sorted(target.folder.iterdir()) == before, "a file was left behind")


def on_terminal(target, form):
    """(exit code, what a terminal showed)"""
    main, terminal = pty.openpty()
    words = [str(exports.MEMMAP), "export", form, "--core", str(target.core), "--exe", str(target.program)]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE) as process:
        os.close(terminal)
        error = process.stderr.read().decode()
        code = process.wait()
    os.set_blocking(main, False)
    try:
        shown = os.read(main, 65536)
    except OSError:  # nothing was shown and the other end is closed
        shown = b""
    os.close(main)
    return code, shown, error


def test(folder):
    target = exports.Target(folder)
    refused(target, "export needs a format: pprof, ")
    refused(target, "export knows no 'pdf'; it takes pprof, ", "pdf")
    refused(target, "cannot write", "csv", "-o", folder / "no" / "such" / "file")
    refused(target, "cannot write", "csv", "-o", folder)
    refused(target, "--sort and --rows are for tables", "folded", "--rows", "1")
    code, shown, error = on_terminal(target, "pprof")
    check(code == 64 and shown == b"", f"pprof on a terminal: exit {code}, {len(shown)} bytes shown")
    check("say where it goes, with -o FILE" in error, f"pprof on a terminal says: {error}")


if __name__ == "__main__":
    sys.exit(exports.main(test))
