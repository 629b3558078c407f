"""Looks at a stopped process or a core with memmap, through one door or another."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MEMMAP = ROOT / "build" / "memmap"
PLUGIN = ROOT / "build" / "memmap.so"
GDB_FRONT_END = ROOT / "build" / "python" / "memmap" / "gdb.py"
GDB_QUIET = ["-nx", "-batch", "-iex", "set auto-load no", "-iex", "set debuginfod enabled off"]
VERBS = ("reconcile", "annotate")
LOOK_TIMEOUT = 60     # seconds
DEBUGGER_TIMEOUT = 120


class LookError(Exception):
    """memmap, or the debugger around it, did not deliver."""


@dataclasses.dataclass
class Look:
    door: str
    texts: dict  # verb -> the bytes printed

    def document(self, verb):
        return json.loads(self.texts[verb])


def lldb_command():
    return os.environ.get("MEMMAP_LLDB") or shutil.which("lldb")


def gdb_command():
    return shutil.which("gdb")


def complaint(out, err):
    """What went wrong, in a line: LLDB says much else around it."""
    lines = [line.strip() for line in (err + "\n" + out).splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower() and "ModuleNotFoundError" not in line]
    return " | ".join((errors or lines[-2:])[:3]) or "no message"


def run(command, folder, timeout):
    """A command with a limit; when that passes, its whole process group is ended (LLDB starts a server)."""
    with subprocess.Popen(command, cwd=folder, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException as error:
            os.killpg(process.pid, 9)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise LookError(f"{os.path.basename(command[0])} did not end within {timeout} s") from None
            raise
    return process.returncode, out, err


def look_without_debugger(door, target, folder):
    texts = {}
    for verb in VERBS:
        code, out, err = run([str(MEMMAP), verb, *target, "--format", "json"], folder, LOOK_TIMEOUT)
        if code not in (0, 2) or not out.startswith("{"):
            raise LookError(f"{door}: memmap {verb} exit {code}: {complaint(out, err)}")
        texts[verb] = out
    return Look(door, texts)


def look_at_process(pid, folder):
    return look_without_debugger("command, live", ["-p", str(pid)], folder)


def look_at_core(core, executable, folder):
    return look_without_debugger("command, core", ["--core", str(core), "--exe", str(executable)], folder)


def look_in_lldb(door, opening, closing, folder):
    """One LLDB, in batch mode, without the user's settings; memmap writes its bytes to files."""
    files = {verb: pathlib.Path(folder) / f"lldb-{verb}.json" for verb in VERBS}
    command = [lldb_command(), "--no-lldbinit", "--batch", *opening, "-o", f"plugin load {PLUGIN}"]
    for verb, file in files.items():
        file.unlink(missing_ok=True)
        command += ["-o", f"memmap {verb} --format json -o {file}"]
    for line in closing:
        command += ["-o", line]
    code, out, err = run(command, folder, DEBUGGER_TIMEOUT)
    for verb, file in files.items():
        if not file.exists():
            raise LookError(f"{door}: memmap {verb} wrote nothing, lldb exit {code}: {complaint(out, err)}")
    return Look(door, {verb: file.read_text() for verb, file in files.items()})


def look_at_process_in_lldb(pid, folder):
    return look_in_lldb("LLDB, live", ["-p", str(pid)], ["detach"], folder)


def look_at_core_in_lldb(core, executable, folder):
    return look_in_lldb("LLDB, core", ["-o", f"target create {executable} --core {core}"], [], folder)


def look_in_gdb(door, opening, folder):
    """One gdb, in batch mode, without the user's settings; memmap writes its bytes to files."""
    files = {verb: pathlib.Path(folder) / f"gdb-{verb}.json" for verb in VERBS}
    command = [gdb_command(), *GDB_QUIET, *opening, "-ex", f"source {GDB_FRONT_END}"]
    for verb, file in files.items():
        file.unlink(missing_ok=True)
        command += ["-ex", f"memmap {verb} --format json -o {file}"]
    code, out, err = run(command, folder, DEBUGGER_TIMEOUT)
    for verb, file in files.items():
        if not file.exists():
            raise LookError(f"{door}: memmap {verb} wrote nothing, gdb exit {code}: {complaint(out, err)}")
    return Look(door, {verb: file.read_text() for verb, file in files.items()})


def look_at_process_in_gdb(pid, folder):
    return look_in_gdb("gdb, live", ["-p", str(pid)], folder)


def look_at_core_in_gdb(core, executable, folder):
    return look_in_gdb("gdb, core", [str(executable), str(core)], folder)


def make_gdb_core(pid, folder):
    """A core by gdb's gcore; the process goes on afterwards."""
    core = pathlib.Path(folder) / "gdb.core"
    command = [gdb_command(), *GDB_QUIET, "-p", str(pid), "-ex", f"gcore {core}", "-ex", "detach"]
    code, out, err = run(command, folder, DEBUGGER_TIMEOUT)
    if not core.exists():
        raise LookError(f"gdb wrote no core, exit {code}: {complaint(out, err)}")
    return core
