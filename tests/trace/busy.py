#!/usr/bin/env python3
"""Four busy threads lose no event: busy.py RUNS [--all]. With --all once for each other release, too."""

import sys

import traced
from traced import check, check_pieces, hosts, sizes

COUNT = 300


def one_run(program, folder, what):
    trace = traced.trace(folder, "run", "--door", "ptrace", "--", program, "busy", COUNT)
    check(trace.code == 0, f"{what}: exit {trace.code}: {trace.problem}")
    check("ended with status 0" in trace.text, f"{what}: {trace.text[:200]}")
    check_pieces(trace.rows, [size for thread in range(traced.THREADS) for size in sizes(thread, COUNT)], what)
    for row in trace.rows:
        check(row["goroutine"] or "main.take" not in traced.functions(row), f"{what}: {row['sequence']} has no goroutine")
        check(not row["parent"] or row["parent"] < row["sequence"], f"{what}: {row['sequence']} began before its parent")


def test(runs, *rest):
    *words, folder = rest
    for release in traced.releases(words):
        program = traced.program("requests", release)
        newest = release.startswith(traced.NEWEST)
        for run in range(int(runs) if newest else 1):
            one_run(program, folder, f"Go {release}, run {run}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
