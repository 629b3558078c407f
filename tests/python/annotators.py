#!/usr/bin/env python3
"""Claims from Python: part of the map and its sums; bad ones raise or are noted."""

import sys
from typing import Any

from targets import check_raises, hosts

import memmap


def added(m, begin):
    """A claim inside a span, and one inside that of the first annotator."""
    @memmap.annotator
    def mine(before):
        assert before.target == m.target
        yield memmap.Claim(begin, 4096, kind="anonymous_user", level="slot", name="first page")

    @memmap.annotator
    def late(before):
        assert before[begin].detail == "first page (mine)"

    try:
        return memmap.open_core(m.target["core"], m.target["exe"])
    finally:
        memmap.annotators.clear()


def sums(m, now, begin):
    row = now[begin]
    hosts.check((row.kind, row.size, row.detail) == ("anonymous_user", 4096, "first page (mine)"), f"{row.as_dict()}")
    hosts.check([one.level for one in row.path] == ["mapping", "region", "block", "slot"], f"{row.path}")
    hosts.check(now.ledger.mapped == m.ledger.mapped == sum(one.self for one in now), "bytes came or went")
    moved = m.totals()["heap_span"].bytes - now.totals()["heap_span"].bytes
    hosts.check(moved == 4096 == now.totals()["anonymous_user"].bytes, f"{moved} bytes changed their kind")
    hosts.check(now.ledger.memstats["HeapInuse"].residual == 4096, "the ledger does not show the wrong counter")
    hosts.check("first page (mine)" in now.run("annotate", "--all", width=200), "verbs do not know the claim")


def bad(m, begin):
    claim: Any = memmap.Claim  # wrong values are what is tried
    check_raises(ValueError, lambda: claim(begin, 0, kind="text"), "no range")
    check_raises(ValueError, lambda: claim(2**64 - 1, 4096, kind="text"), "no range")
    check_raises(ValueError, lambda: claim(begin, 1, kind="heap_spam"), "heap_span")
    check_raises(ValueError, lambda: claim(begin, 1, kind="mapping"), "the kernel's")
    check_raises(ValueError, lambda: claim(begin, 1, kind="text", level="mapping"), "region, block, slot")
    check_raises(ValueError, lambda: claim(begin, 1, kind="text", confidence="sure"), "exact")
    check_raises(TypeError, lambda: claim(-1, 1, kind="text"))
    check_raises(TypeError, lambda: m.with_claims([(begin, 1)], "mine"), "annotator mine gave a tuple")
    check_raises(ZeroDivisionError, lambda: m.with_claims((1 // 0 for _ in "x"), "mine"))
    nowhere = m.with_claims([claim(4096, 1, kind="text"), claim(0, 1, kind="text")], "mine")
    notes = [note["message"] for note in nowhere.notes if note["code"] == "added_claims"]
    hosts.check(len(notes) == 1 and "annotator mine: 2 claims" in notes[0], f"notes {notes}")
    hosts.check(nowhere.run("annotate") == m.run("annotate"), "claims of nothing changed the map")


def test(folder):
    core, program = hosts.kernel_core(folder)
    m = memmap.open_core(core, program)
    begin = next(row for row in m.of_kind("heap_span") if row.size >= 8192).begin
    sums(m, added(m, begin), begin)
    bad(m, begin)
    other = m.with_claims([memmap.Claim(begin, 1, kind="text")])
    m.close()
    check_raises(memmap.StaleError, lambda: other[begin], "moved on")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
