#!/usr/bin/env python3
"""The map of a core in Python: rows, slices, kinds, sums, tables as arrays, stale maps, verbs."""

import json
import os
import sys

from targets import check_raises, hosts

import memmap


def rows(m, document):
    """The rows are annotate's, one for one."""
    hosts.check(len(m) == len(document["rows"]), f"{len(m)} rows, annotate has {len(document['rows'])}")
    for row, expected in zip(m, document["rows"]):
        got = row.as_dict()
        got |= {"begin": hex(row.begin), "end": hex(row.end),
                "whole": {"begin": hex(row.whole[0]), "end": hex(row.whole[1])}}
        hosts.check(got == expected, f"{got} / {expected}")
    hosts.check(sum(row.self for row in m) == m.ledger.mapped, "the rows do not add up")


def places(m):
    span = next(row for row in m.of_kind("heap_span") if row.size > 8192)
    hosts.check(m[span.begin + 8192] == span and span.begin + 8192 in span, "the span is not found by an address in it")
    path = m[span.begin].path
    hosts.check([row.level for row in path] == ["mapping", "region", "block"], f"path {path}")
    hosts.check(path[-1] == span and span in path[1].children, "path and children disagree")
    inside = m[span.begin:span.end]
    hosts.check(list(inside) == path and inside[-1] == span, f"slice {list(inside)}")
    check_raises(KeyError, lambda: m[4096], "0x1000 is not mapped")
    check_raises(ValueError, lambda: m[8:8], "empty")
    for bounds in (slice(-1, None), slice(None, 1 << 64), slice("a", "b"), slice(10**5000, None)):
        check_raises(ValueError, lambda at=bounds: m[at], "from address to address")
    check_raises(memmap.UsageError, lambda: m.of_kind("heap_spam"), "heap_span")
    hosts.check(4096 not in m and span.begin in m, "in")


def keys(m):
    """What is no address, and what is another's number."""
    import numpy
    row = next(iter(m))
    for number in (-1, 1 << 64, 10**5000, -10**5000, numpy.int64(-1)):
        check_raises(KeyError, lambda at=number: m[at], "from 0 to")
        hosts.check(number not in m and number not in row, f"{type(number)} is in")
    for other in ("0x1000", 4096.0, numpy.float32(4096), None):
        for look in (lambda at=other: m[at], lambda at=other: at in m, lambda at=other: at in row):
            check_raises(TypeError, look, "an address is a whole number from 0 to 0xffffffffffffffff, not ")
    hosts.check(m[numpy.uint64(row.begin)] == m[row.begin] and numpy.uint64(row.begin) in m, "NumPy's integers")
    hosts.check(all(one in m for one in m), "a row of the map is not in it")
    another = m.with_claims([])
    hosts.check(row not in another and row.begin in another, "a row of another map is in it")
    check_raises(IndexError, lambda: m.of_kind("text")[10**6], "rows")


def sums(m):
    ledger = m.ledger
    hosts.check(ledger.memstats["Sys"].residual == 0 and ledger.equations["VIRT"].residual == 0, "remainders")
    hosts.check(sum(m.counters.values()) == ledger.equations["Sys"].total, "counters do not add up to Sys")
    by_kind, by_mapping = m.totals(), m.totals(by="mapping")
    hosts.check(sum(total.bytes for total in by_kind.values()) == ledger.mapped, "kinds do not add up")
    hosts.check(sum(total.bytes for total in by_mapping.values()) == ledger.mapped, "mappings do not add up")
    hosts.check(m.totals(kind="heap_span").keys() == {"heap_span"}, "a filter")
    check_raises(memmap.UsageError, lambda: m.totals(by="colour"), "colour")


def tables(m):
    array = m.spans.array()
    spans = list(m.of_kind("heap_span"))
    heap = array[array["use"] == m.spans.codes["use"].index("heap")]
    hosts.check(set(heap["begin"]) == {row.whole[0] for row in spans}, "spans of the table and of the map differ")
    whole = m.rows.array()
    hosts.check(int(whole["self"].sum()) == m.ledger.mapped and not whole.flags.writeable, "rows as an array")
    frame = m.to_pandas()
    hosts.check(int(frame[frame.kind == "text"].self.sum()) == m.totals()["text"].bytes, "rows as a frame")
    for table in (m.stacks, m.free_runs, m.arenas):
        hosts.check(len(table.array()) == len(table), "a table's length")
    return array


def stale(m, array):
    before = array.copy()
    close(m)
    hosts.check((array == before).all(), "an array changed when its map went")


def close(m):
    """Whatever was taken from a map says that it is of an earlier stop."""
    row, rows_of_kind, iterator = m[next(iter(m)).begin], m.of_kind("*"), iter(m)
    m.close()
    for look in (lambda: len(m), lambda: row.kind, lambda: row.begin, lambda: rows_of_kind[0].size, lambda: next(iterator),
                 lambda: m.spans, lambda: m.run("summary"), lambda: m.ledger, lambda: m[0], lambda: row.path):
        check_raises(memmap.StaleError, look, "moved on")


def failures(core):
    check_raises(memmap.TargetError, lambda: memmap.open_core("/nowhere"), "/nowhere")
    check_raises(memmap.TargetError, lambda: memmap.attach(os.getpid()), "itself")
    check_raises(memmap.TargetError, memmap.current, "no debugger")
    hosts.check(check_raises(memmap.UsageError, lambda: core.run("anotate"), "annotate").exit_code == 64, "exit code")
    check_raises(memmap.UsageError, lambda: core.run("trace", "run", "--", "true"), "memmap does not trace in Python or gdb")


def shown(m):
    """What a prompt shows says what it is."""
    expected = {"go1.27": m, "records>": m.spans, "residual=0>": m.ledger.memstats["Sys"], "<VIRT total=": m.ledger.equations["VIRT"],
                "unknown=": m.ledger, "count=": m.totals()["text"],
                "<Rows, ": m.of_kind("text"), "<heap_span 0x": m.of_kind("heap_span")[0]}
    for text, thing in expected.items():
        hosts.check(text in repr(thing), f"{text} is not in {thing!r}")


def test(folder):
    core, program = hosts.kernel_core(folder)
    m = memmap.open_core(core, program)
    printed = m.run("annotate", "--format", "json")
    expected = hosts.run_memmap("annotate", "--core", core, "--exe", program, "--format", "json").decode()
    hosts.check(printed == expected, "annotate in Python and without differ")
    rows(m, json.loads(printed))
    places(m)
    keys(m)
    sums(m)
    failures(m)
    shown(m)
    stale(m, tables(m))


if __name__ == "__main__":
    sys.exit(hosts.main(test))
