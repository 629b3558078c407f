#!/usr/bin/env python3
"""memmap.current() in one LLDB: the plugin's analysis, the same bytes, stale after a step.  current.py LLDB

Beside LLDB 14 its own Python package is taken off the path, as Debian ships it."""

import os
import re
import sys

from targets import hosts

SCRIPT = hosts.ROOT / "tests" / "python" / "lldb_script.py"

# What Debian's LLDB 14 says at its start, before any plugin is there.
COMPLAINT = """Traceback (most recent call last):
  File "<string>", line 1, in <module>
ModuleNotFoundError: No module named 'lldb.embedded_interpreter'
"""


def run(version, commands, plugin=hosts.PLUGIN):
    """As a user starts it: without the path that the launcher sets for LLDB's Python, where it is installed."""
    launcher = hosts.launcher(version).read_text()
    installed = "root-" not in launcher
    words = ["/usr/lib/llvm-14/bin/lldb" if installed and version == "14" else str(hosts.launcher(version))]
    words += ["--no-lldbinit", "--batch", "-o", f"plugin load {plugin}"]
    for command in commands:
        words += ["-o", command]
    code, out, err = hosts.doors.run(words, hosts.BUILD, 120)
    text = out + err.replace(COMPLAINT, "")
    hosts.check("Traceback" not in text and code == 0, f"{code}: {text[-3000:]}")
    return text


def core(version, folder):
    path, program = hosts.kernel_core(folder)
    run(version, [f"target create {program} --core {path}", "script import memmap",
                  f"memmap annotate --format json -o {folder}/plugin.json",
                  f"command script import {SCRIPT}", f"script lldb_script.core({str(folder)!r})"])
    plugin = (folder / "plugin.json").read_bytes()
    hosts.check((folder / "python.json").read_bytes() == plugin, "Python's annotate is not the plugin's")
    alone = hosts.run_memmap("annotate", "--core", path, "--exe", program, "--format", "json")
    hosts.check(plugin == alone, "LLDB's annotate is not the command's")


def live(version):
    for function in ("live", "in_trace"):
        run(version, [f"target create {hosts.program('memdemo')}", f"command script import {SCRIPT}",
                      f"script lldb_script.{function}()"])


def other_build(version, folder):
    """memmap.so whose stamp is another's: nothing is shared, and that is said."""
    stamp = re.search(r'"(\w{64})"', (hosts.BUILD / "stamp" / "memmap_stamp.h").read_text())[1].encode()
    plugin = hosts.PLUGIN.read_bytes()
    hosts.check(plugin.count(stamp) == 1, "the stamp is not in memmap.so")
    (folder / "memmap.so").write_bytes(plugin.replace(stamp, stamp[::-1]))
    (folder / "python").symlink_to(hosts.BUILD / "python")
    text = run(version, [f"target create {hosts.program('memdemo')}", f"command script import {SCRIPT}",
                         "script lldb_script.other_build()"], folder / "memmap.so")
    hosts.check("different builds" in text, text[-2000:])


def test(version, folder):
    os.environ.pop("PYTHONPATH", None)
    core(version, folder)
    live(version)
    other_build(version, folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
