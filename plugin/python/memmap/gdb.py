"""source build/python/memmap/gdb.py: the command `memmap` and its functions in gdb."""

import pathlib
import sys

import gdb  # gdb's own

_folder = str(pathlib.Path(__file__).resolve().parent.parent)
if _folder not in sys.path:
    sys.path.insert(0, _folder)
try:
    from memmap import gdb_commands
except ImportError as _error:
    raise gdb.GdbError(str(_error)) from _error
gdb_commands.register()
