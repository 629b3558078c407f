"""memmap explains every mapped byte of a Go process, live or from a core, and checks the sums.

    import memmap
    m = memmap.open_core("core", "./server")
    for row in m:
        print(hex(row.begin), row.size, row.kind)
"""

from __future__ import annotations

import os as _os
import pathlib as _pathlib
import sys as _sys
import typing as _typing

try:
    from . import _memmap
except ImportError as _error:
    _built = [path.name for path in _pathlib.Path(__file__).parent.glob("_memmap*.so")]
    raise ImportError(
        f"memmap's module is not for this Python, {_sys.version_info.major}.{_sys.version_info.minor}: "
        f"{_built[0] if _built else 'no _memmap'} is here ({_error}). Build memmap with this Python: "
        f"cmake -DPython3_EXECUTABLE=…") from _error

from ._memmap import (CheckFailed, Claim, Equation, Error, Ledger, Map, MemStatsLine, Row, Rows, StaleError, Table,
                      TargetError, Term, Total, UsageError, kinds)

__all__ = ["CheckFailed", "Claim", "Equation", "Error", "Ledger", "Map", "MemStatsLine", "Row", "Rows", "StaleError",
           "Table", "TargetError", "Term", "Total", "UsageError", "annotator", "annotators", "attach", "current",
           "kinds", "open_core"]

if _typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Annotator = _typing.TypeVar("_Annotator", bound="Callable[[Map], Iterable[Claim] | None]")

annotators: list[Callable[[Map], Iterable[Claim] | None]] = []  # functions that take a map and yield claims


def annotator(function: _Annotator) -> _Annotator:
    """Decorator: from now on every new map has the claims that `function(map)` yields."""
    annotators.append(function)
    return function


def _annotated(made: Map) -> Map:
    """Each annotator sees what those before it have added."""
    for function in annotators:
        made = made.with_claims(function(made) or (), getattr(function, "__name__", "annotator"))
    return made


def open_core(core: str | _os.PathLike[str], exe: str | _os.PathLike[str] | None = None) -> Map:
    """The map of a core. `exe` where the path that the core names is not the program."""
    return _annotated(_memmap.open_core(_os.fspath(core), _os.fspath(exe or "")))


def attach(pid: int) -> Map:
    """The map of a process at this moment: it is stopped, read, and goes on."""
    return _annotated(_memmap.attach(pid))


def current() -> Map:
    """The map of the target that is selected in the debugger around this Python, at its present stop."""
    if "gdb" in _sys.modules:
        from . import gdb_host
        return _annotated(gdb_host.current())
    if "lldb" in _sys.modules:
        from . import lldb_host
        return _annotated(lldb_host.current())
    raise TargetError("there is no debugger around this Python: use memmap.attach or memmap.open_core")
