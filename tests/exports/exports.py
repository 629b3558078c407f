"""What the tests of `export` share: a core to export from, the built command, what it should add up to."""

import json
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "hosts")]

from hosts import MEMMAP, RELEASE, Failed, build_fixtures, check, kernel_core, lack, main, program  # noqa: E402,F401
import go_toolchain  # noqa: E402


class Target:
    """A core of the oracle program, by the kernel; or of another that waits once it has said something."""

    def __init__(self, folder, program=None):
        self.folder = folder
        self.core, self.program = crashed(folder, program) if program else kernel_core(folder)

    def run(self, *words):
        """(exit code, stdout, stderr)"""
        target = ["--core", str(self.core), "--exe", str(self.program)]
        done = subprocess.run([str(MEMMAP), *map(str, words), *target], capture_output=True, check=False,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr.decode()

    def printed(self, *words):
        code, out, err = self.run(*words)
        check(code == 0, f"memmap {' '.join(map(str, words))} ended with {code}: {err}")
        return out

    def export(self, form, *words):
        """The file that `export` wrote."""
        path = self.folder / f"exported.{form}"
        out = self.printed("export", form, *words, "-o", path)
        check(out == b"", f"export {form} -o FILE printed {len(out)} bytes besides")
        return path

    def document(self, verb):
        return json.loads(self.printed(verb, "--format", "json"))

    def mapped(self):
        """VIRT, which is Σ PT_LOAD of a core and comes from elsewhere than the map."""
        equations = self.document("reconcile")["equations"]
        return next(equation["total"] for equation in equations if equation["name"] == "VIRT")


def crashed(folder, name):
    """(core, program) of a program that waits to be ended, as soon as memmap sees goroutines in it."""
    path = program(name)
    env = dict(os.environ, GOTRACEBACK="crash")
    with subprocess.Popen([str(path)], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGABRT)
        process.stdout.read()
    return next(folder.glob("core*")), path


def go(*words):
    """stdout of a `go` command of the release that the fixtures have."""
    release = build_fixtures.full_release(build_fixtures.load_table(), RELEASE)
    done = subprocess.run([str(go_toolchain.base()), *map(str, words)], capture_output=True, check=False, text=True,
                          env=go_toolchain.obtain(release), stdin=subprocess.DEVNULL)
    check(done.returncode == 0, f"go {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr}")
    return done.stdout
