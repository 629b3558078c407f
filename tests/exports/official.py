"""Perfetto's own protobuf classes, from its Python package, in a venv below the build folder."""

import sys

import exports

VENV = exports.ROOT / "build" / "perfetto-venv"


def perfetto_classes():
    """The module with Trace, TrackEvent and the rest."""
    found = list(VENV.glob("lib/python3*/site-packages/perfetto"))
    if not found:
        exports.lack("no Python package perfetto: scripts/setup tests installs it")
    sys.path.insert(0, str(found[0].parent))
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2  # pylint: disable=import-outside-toplevel
    return perfetto_trace_pb2
