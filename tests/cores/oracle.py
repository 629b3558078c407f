"""Runs one oracle process: start, wait for its stop, let it go on, take its figures. Every wait has a limit."""

import json
import os
import pathlib
import select
import subprocess
import time

LINE_TIMEOUT = 30  # seconds; a run takes 0.3
EXIT_TIMEOUT = 60  # a crash with many threads may wait for them
FULL_PROCS = "6"   # more than the machine has, so that there are Ps to take away


class OracleError(Exception):
    """The oracle itself did not do its part."""


def environment(goal):
    env = {key: value for key, value in os.environ.items() if not key.startswith("GO")}
    # Finite but so high that no collection starts by itself.
    env.update(GOGC="5000" if goal else "off", GOTRACEBACK="crash", GOMAXPROCS=FULL_PROCS)
    return env


class Oracle:
    """Use as a context: whatever happens, the process is gone at the end."""

    def __init__(self, executable, words, goal, folder):
        self.folder = pathlib.Path(folder)
        self.errors = self.folder / "stderr"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([executable, *words], env=environment(goal), cwd=folder, stderr=errors,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.pid = self.process.pid
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def read_line(self):
        deadline = time.monotonic() + LINE_TIMEOUT
        while b"\n" not in self.pending:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise OracleError(f"the oracle printed nothing for {LINE_TIMEOUT} s")
            chunk = os.read(self.process.stdout.fileno(), 65536)
            if not chunk:
                raise OracleError(f"the oracle ended early, exit {self.process.wait(EXIT_TIMEOUT)}: {self.last_words()}")
            self.pending += chunk
        line, _, self.pending = self.pending.partition(b"\n")
        return line.decode(errors="replace")

    def last_words(self):
        lines = self.errors.read_text(errors="replace").strip().splitlines()
        return lines[0] if lines else "no message"

    def wait_for_stop(self):
        line = self.read_line()
        if line != "stop":
            raise OracleError(f"expected the oracle's stop, got {line[:80]!r}")

    def let_go(self):
        self.process.stdin.write(b"\n")

    def figures(self):
        line = self.read_line()
        try:
            return json.loads(line)
        except ValueError as error:
            raise OracleError(f"the oracle's figures are not JSON ({error}): {line[:80]!r}") from None

    def wait(self):
        try:
            return self.process.wait(EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            raise OracleError(f"the oracle did not end within {EXIT_TIMEOUT} s") from None

    def core(self):
        """The kernel's core in the folder of the run."""
        self.wait()
        found = sorted(self.folder.glob("core*"))
        if not found:
            raise OracleError("the kernel wrote no core")
        return found[0]
