"""What the Python tests share: the package, a core, a process that stands still. Run by the package's own Python."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "build" / "python"), str(ROOT / "tests" / "hosts")]

import hosts  # noqa: E402


def check_raises(kind, call, words=""):
    try:
        call()
    except kind as error:
        hosts.check(words in str(error), f"{error!r} does not say {words!r}")
        return error
    raise hosts.Failed(f"no {kind.__name__} was raised")
