"""Runs inside a debugger's Python: rounds of stop, analyse, continue, and what they cost in memory."""

import gc
import pathlib
import time

import memmap

# Maps are 1 to 2 MB: one that is not let go shows. The debugger itself keeps a little for each stop.
GROWTH_PER_ROUND = 1 << 10
GROWTH = 1 << 20
WARM_UP = 10
ALLOCATES = "runtime.mallocgcSmallScanNoHeaderSC2"  # what memdemo's main calls 20,000 times (Go 1.27)


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def look():
    """All the ways to a map's memory; none is closed by hand."""
    m = memmap.current()
    rows, spans = m.rows.array(), m.spans.array()
    assert int(rows["self"].sum()) == m.ledger.mapped and len(spans)
    assert len(m.run("summary")) > 100
    changed = m.with_claims([memmap.Claim(int(spans[0]["begin"]), 16, kind="anonymous_user")])
    assert not changed.stale
    return m


def rounds(count, go_on):
    started, before, last = time.monotonic(), 0, None
    for number in range(count):
        m = look()
        assert last is None or last.stale, "the map of an earlier stop is taken for the present one"
        last = m
        if number == WARM_UP:
            gc.collect()
            before = resident()
        go_on()
    gc.collect()
    grown = resident() - before
    assert grown < GROWTH + GROWTH_PER_ROUND * count, f"grown by {grown >> 10} KiB in {count} rounds"
    print(f"{count} rounds, {(time.monotonic() - started) / count * 1000:.0f} ms each, grown by {grown >> 10} KiB", flush=True)


def in_gdb(count):
    import gdb
    gdb.execute("break main.main", to_string=True)
    gdb.execute("run", to_string=True)
    gdb.execute(f"break {ALLOCATES}", to_string=True)
    rounds(count, lambda: gdb.execute("continue", to_string=True))
    gdb.execute("kill")


def in_lldb(count):
    import lldb
    lldb.debugger.SetAsync(False)
    target = lldb.debugger.GetSelectedTarget()
    target.BreakpointCreateByName("main.main")
    error = lldb.SBError()
    process = target.Launch(lldb.debugger.GetListener(), None, ["GODEBUG=asyncpreemptoff=1"], None, None, None, None, 0,
                            False, error)
    assert error.Success(), error
    target.BreakpointCreateByName(ALLOCATES)
    rounds(count, process.Continue)
    process.Kill()
