"""What this machine lets us do: cores by the kernel, looking at other processes, debuggers."""

import os
import pathlib
import resource

import doors


def allow_cores():
    """Lifts the soft limit for every process started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def read(path):
    try:
        return pathlib.Path(path).read_text().strip()
    except OSError:
        return ""


def missing_right(way):
    """A right or a kernel feature that this machine lacks for `way`; empty if it has all."""
    if way == "kernel_core":
        if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
            return "core files are forbidden here (hard limit 0)"
        pattern = read("/proc/sys/kernel/core_pattern")
        if not pattern.startswith("core"):
            return f"the kernel gives cores to something else (core_pattern {pattern.split()[0] if pattern else 'empty'})"
    # The oracle allows anybody of its user to trace it, which satisfies Yama's mode 1.
    scope = read("/proc/sys/kernel/yama/ptrace_scope")
    if scope in ("2", "3") and (scope == "3" or os.geteuid() != 0):
        return f"processes may not be traced here (ptrace_scope {scope})"
    return ""


def missing_tool(needs_lldb, needs_gdb):
    if needs_lldb and not doors.lldb_command():
        return "no lldb"
    if needs_gdb and not doors.gdb_command():
        return "no gdb"
    return ""
