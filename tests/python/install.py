#!/usr/bin/env python3
"""memmap install and uninstall: the debuggers then have memmap, and the files are as they were."""

import os
import pathlib
import shutil
import subprocess
import sys

from targets import hosts


def environment(home):
    env = dict(os.environ, HOME=str(home))
    env.pop("XDG_CONFIG_HOME", None)
    return env


def memmap(home, *words):
    done = subprocess.run([str(hosts.MEMMAP), *words], env=environment(home), capture_output=True, text=True, check=False)
    hosts.check(done.returncode == 0, f"memmap {words}: {done.returncode} {done.stdout} {done.stderr}")
    return done.stdout


def knows(home, *command):
    """A debugger that reads its start files has the command."""
    done = subprocess.run(command, env=dict(os.environ, HOME=str(home)), capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60)
    return "heap_arena" in done.stdout


def test(folder):
    home = pathlib.Path(folder, "a home")
    (home / ".config" / "gdb").mkdir(parents=True)
    lldb, gdb = home / ".lldbinit", home / ".gdbinit"
    lldb.write_text("settings set stop-line-count-before 1")  # no newline at the end
    before = lldb.read_bytes()
    memmap(home, "install", "--dry-run")
    hosts.check(lldb.read_bytes() == before and not gdb.exists(), "a dry run changed something")
    hosts.check(memmap(home, "install").count("added") == 2, "install added not two lines")
    hosts.check(memmap(home, "install").count("unchanged") == 2, "a second install changed something")
    if hosts.doors.gdb_command():
        hosts.check(knows(home, hosts.doors.gdb_command(), "-batch", "-ex", "memmap kinds"), "gdb has no memmap")
    if hosts.doors.lldb_command():
        hosts.check(knows(home, hosts.doors.lldb_command(), "--batch", "-o", "memmap kinds"), "LLDB has no memmap")
    hosts.check(memmap(home, "uninstall").count("removed") == 2, "uninstall removed not two lines")
    hosts.check(lldb.read_bytes() == before and not gdb.exists(), "uninstall left something")
    modern = home / ".config" / "gdb" / "gdbinit"
    modern.touch()
    memmap(home, "install")
    hosts.check(modern.stat().st_size > 0 and not gdb.exists(), "gdb reads its other file, and that was not used")
    memmap(home, "uninstall")
    memmap(home, "install")
    modern.write_text("set confirm off\n")
    hosts.check(memmap(home, "uninstall").count("removed") == 2 and not gdb.exists(), "uninstall left a block that gdb no longer reads")
    alone(home)


def alone(home):
    """What is no longer beside memmap leaves its line behind, and uninstall still takes it out."""
    memmap(home, "install")
    command = home / "memmap"
    shutil.copy(hosts.MEMMAP, command)
    done = subprocess.run([str(command), "uninstall"], env=environment(home), capture_output=True, text=True, check=False)
    hosts.check(done.stdout.count("removed") == 2, f"without front ends: {done.returncode} {done.stdout} {done.stderr}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
