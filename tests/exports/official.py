"""Perfetto's own protobuf classes, from its Python package, in a venv below the build folder."""

import subprocess
import sys
import time

import exports

VENV = exports.ROOT / "build" / "perfetto-venv"
ATTEMPTS = 3


def install():
    """The sentence of what went wrong; empty if the package is there."""
    if not (VENV / "bin" / "pip").exists():
        made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, check=False, text=True)
        if made.returncode != 0:
            return f"no venv could be made: {(made.stdout + made.stderr).strip()}"
    for attempt in range(1, ATTEMPTS + 1):
        done = subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "perfetto"], capture_output=True, check=False,
                              text=True, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return ""
        last = done.stderr.strip().splitlines()[-1:]
        print(f"attempt {attempt} of {ATTEMPTS} to install the package perfetto failed: {last}", flush=True)
        time.sleep(5 * attempt)
    return "the Python package perfetto could not be downloaded, see above"


def perfetto_classes():
    """The module with Trace, TrackEvent and the rest."""
    found = list(VENV.glob("lib/python3*/site-packages/perfetto"))
    if not found:
        wrong = install()
        if wrong:
            exports.lack(wrong)
        found = list(VENV.glob("lib/python3*/site-packages/perfetto"))
    sys.path.insert(0, str(found[0].parent))
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2  # pylint: disable=import-outside-toplevel
    return perfetto_trace_pb2
