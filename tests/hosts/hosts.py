"""What the tests of the debugger doors share: the LLDBs, the programs, running one inside the other."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "cores")]

import build_fixtures  # noqa: E402
import doors           # noqa: E402
import machine         # noqa: E402
import oracle          # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
BUILD = ROOT / "build"
MEMMAP = BUILD / "memmap"
PLUGIN = BUILD / "memmap.so"
SKIPPED = 77  # exit status that ctest takes for a skip
RELEASE = "1.27"


class Failed(Exception):
    """What a test expected and did not get."""


class Skipped(Exception):
    """What this machine lacks for a test."""


def lack(what):
    """A tool, a release or a right that is missing: a skip, or a failure where none is allowed."""
    raise Failed(what) if os.environ.get("MEMMAP_NO_SKIPS") else Skipped(what)


def check(holds, sentence):
    if not holds:
        raise Failed(sentence)


def launcher(version):
    path = BUILD / "lldb" / f"lldb-{version}"
    if not path.exists():
        lack(f"no LLDB {version}: scripts/get_lldb did not find it")
    return path


def environment_of(version):
    """What the launcher of an LLDB sets: its lldb-server wants the same."""
    lines = [line.removeprefix("export ") for line in launcher(version).read_text().splitlines()]
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith(("exec", "#"))]
    return dict(os.environ, **{name: value.strip("'") for name, value in pairs})


def program(name, variant="plain", release=RELEASE):
    table = build_fixtures.load_table()
    fixture = build_fixtures.Fixture(name, build_fixtures.full_release(table, release), variant)
    state, message = build_fixtures.build_all(table, [fixture])[fixture]
    if state == "unavailable":
        lack(f"no Go {fixture.release}: {message}")
    check(state != "failed", f"{name} does not build: {message}")
    return fixture.path


def run_lldb(version, commands, opening=(), timeout=120):
    """All that an LLDB in batch mode prints. It runs without the user's settings."""
    words = [str(launcher(version)), "--no-lldbinit", "--batch", *map(str, opening)]
    for command in [f"plugin load {PLUGIN}", f"command script import {HERE / 'in_lldb.py'}", *commands]:
        words += ["-o", command]
    code, out, err = doors.run(words, BUILD, timeout)
    text = out + err
    check("Traceback" not in text, f"LLDB {version}: {text[text.find('Traceback'):][:2000]}")
    check(code == 0, f"LLDB {version} ended with {code}: {text[-2000:]}")
    return text


def run_memmap(*words):
    """The bytes that memmap prints without a debugger; 2 says that something is missing, and it is printed what."""
    done = subprocess.run([str(MEMMAP), *map(str, words)], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    check(done.returncode in (0, 2), f"memmap {words[0]} ended with {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def call(function, *arguments):
    """A call of a function of in_lldb.py as an LLDB command."""
    return f"script in_lldb.{function}({', '.join(repr(str(argument)) for argument in arguments)})"


def kernel_core(folder):
    """(core, program): the core that the kernel writes of a program that crashes."""
    right = machine.missing_right("kernel_core")
    if right:
        raise Skipped(right)
    path = program("oracle")
    machine.allow_cores()
    with oracle.Oracle(path, ["core"], False, folder) as process:
        process.figures()
        process.wait_for_stop()
        process.let_go()
        return process.core(), path


def main(test):
    """Runs `test(words of the command line…, folder)` and says how it went in the way that ctest reads."""
    try:
        with tempfile.TemporaryDirectory(prefix="memmap-hosts-") as folder:
            test(*sys.argv[1:], pathlib.Path(folder))
    except Skipped as reason:
        print(f"SKIPPED: {reason}")
        return SKIPPED
    except (Failed, doors.LookError, oracle.OracleError, subprocess.SubprocessError) as reason:
        print(f"FAILED: {reason}")
        return 1
    print("ok")
    return 0
