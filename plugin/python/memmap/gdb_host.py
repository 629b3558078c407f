"""The target that is selected in gdb. A local process or core is read past gdb, as without a debugger."""

import os
import pathlib
import re
import tempfile
import weakref

import gdb

from . import _memmap

PAGE = 4096
REMOTE = ("remote", "extended-remote")


class Stops:
    """Maps of the present stop: whatever lets a target go on makes them stale."""

    def __init__(self):
        self.maps = weakref.WeakSet()
        self.last = None  # (key, map)
        for name in ("cont", "exited", "memory_changed", "inferior_call", "inferior_deleted", "register_changed"):
            getattr(gdb.events, name).connect(self.forget)

    def forget(self, _):
        for one in self.maps:
            one.close()
        self.maps = weakref.WeakSet()
        self.last = None

    def map_for(self, key, make):
        if self.last is None or self.last[0] != key:
            self.last = None  # first, so that two maps of a big heap are never held
            made = make()
            self.maps.add(made)
            self.last = (key, made)
        return self.last[1]


def shown(text):
    """As gdb's terminal can show it: gdb refuses a text that its character set does not have in full."""
    charset = gdb.host_charset()
    try:
        return text.encode(charset, "replace").decode(charset)
    except LookupError:
        return text.encode("ascii", "replace").decode("ascii")


def debugger():
    return f"GNU gdb {gdb.VERSION}"


def obstacle():
    """Why the selected inferior cannot be looked at; empty if it can."""
    inferior = gdb.selected_inferior()
    if inferior.pid == 0 or not inferior.threads():
        return ("the selected inferior has no process: run it, attach to one, or open a core with "
                "\"core-file CORE\"")
    thread = gdb.selected_thread()
    if thread is None:
        return "no thread is selected"
    if any(one.is_running() for one in inferior.threads()):
        return f"process {inferior.pid} is running; interrupt it first (\"interrupt\")"
    return ""


def executable():
    return gdb.current_progspace().filename or ""


def core_file():
    """The path of the core that gdb has open; gdb tells it only in words."""
    found = re.search(r"core dump file:\s*\n\s*[`'](.+)', file type", gdb.execute("info files", to_string=True))
    if not found:
        raise _memmap.TargetError("gdb does not tell which file its core is")
    return found.group(1)


def address_of(text):
    """Any expression of gdb's, as --range takes it. None if it is none."""
    try:
        value = gdb.parse_and_eval(text)
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_FUNC:
            value = value.address
        return int(value) & 0xFFFFFFFFFFFFFFFF
    except (gdb.error, OverflowError, ValueError):
        return None


def stack_pointer():
    return int(gdb.newest_frame().read_register("sp")) & 0xFFFFFFFFFFFFFFFF


def read_memory(address, size):
    """bytes, shorter where memory ends: asked for page by page where gdb refuses the whole."""
    inferior = gdb.selected_inferior()
    try:
        return bytes(inferior.read_memory(address, size))
    except gdb.MemoryError:
        pass
    got, end = b"", address + size
    while address < end:
        step = min(end, (address // PAGE + 1) * PAGE) - address
        try:
            got += bytes(inferior.read_memory(address, step))
        except gdb.MemoryError:
            break
        address += step
    return got


def remote_file(pid, name):
    """A file of /proc on the other side."""
    with tempfile.TemporaryDirectory(prefix="memmap-") as folder:
        here = pathlib.Path(folder, name)
        try:
            gdb.execute(f"remote get /proc/{pid}/{name} {here}", to_string=True)
            return here.read_bytes()
        except (gdb.error, OSError) as error:
            raise _memmap.TargetError(f"the remote target does not hand out /proc/{pid}/{name}: {error}") from error


def remote_threads(selected):
    """(tid, stack, pc, thread pointer) of the selected thread, and the numbers of the others."""
    frame = gdb.newest_frame()
    thread_pointer = int(frame.read_register("fs_base")) & 0xFFFFFFFFFFFFFFFF
    others = [thread.ptid[1] for thread in gdb.selected_inferior().threads() if thread.ptid[1] != selected]
    return [(selected, stack_pointer(), frame.pc(), thread_pointer), *((tid, 0, 0, 0) for tid in others)]


def open_remote(pid, host, tid):
    exe = executable()
    return _memmap.open_callbacks(
        read=read_memory, maps=remote_file(pid, "maps").decode(errors="surrogateescape"),
        auxv=remote_file(pid, "auxv"), pid=pid, exe=exe, exe_file=exe if os.path.exists(exe) else "",
        threads=remote_threads(tid), host=host)


_stops = Stops()


def current(progress=None):
    """The map of the selected inferior at its present stop: the same one until it moves on. `progress` is told meanwhile."""
    wrong = obstacle()
    if wrong:
        raise _memmap.TargetError(wrong)
    inferior, tid = gdb.selected_inferior(), gdb.selected_thread().ptid[1]
    kind = inferior.connection.type if inferior.connection else "native"
    core = core_file() if kind == "core" else ""
    host = _memmap.Host(debugger(), tid, address_of, line=progress)

    def make():
        if core:
            return _memmap.open_core(core, executable(), host)
        here = kind not in REMOTE or _memmap.stands_here(inferior.pid, executable(), tid, stack_pointer())
        return _memmap.attach(inferior.pid, host) if here else open_remote(inferior.pid, host, tid)

    return _stops.map_for((inferior.num, inferior.pid, kind, core, executable(), tid), make)
