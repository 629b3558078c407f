#!/usr/bin/env python3
"""pprof opens in `go tool pprof` and adds up to VIRT; folded says the same; tables are annotate's."""

import re
import sys

import exports
from exports import check


def check_sum(target, profile):
    mapped = target.mapped()
    top = exports.go("tool", "pprof", "-top", "-unit=B", "-nodefraction=0", "-nodecount=0", profile)
    found = re.search(r"accounting for (\d+)B, 100% of (\d+)B total", top)
    check(found and int(found[1]) == int(found[2]) == mapped, f"pprof -top does not add up to VIRT {mapped}:\n{top}")
    check(re.search(r"\d+B .* heap arena$", top, re.M), f"no heap arena in pprof -top:\n{top}")
    check("sample_index" not in top and "Type: virtual" in top, f"not virtual bytes first:\n{top}")


def check_kinds(target, profile):
    """Each kind and counter of summary is a tag with the same bytes."""
    tags = exports.go("tool", "pprof", "-tags", "-unit=B", profile)
    rows = target.document("summary")["rows"]
    counters = {}
    for row in rows:
        counters[row["counter"]] = counters.get(row["counter"], 0) + row["bytes"]
        if row["bytes"] and row["bytes"] > target.mapped() // 1000:
            check(re.search(rf"^ *{row['bytes']}B .*: {row['kind']}$", tags, re.M), f"{row} is not in -tags:\n{tags}")
    check(re.search(rf"^ *{counters['heap_inuse']}B .*: heap_inuse$", tags, re.M), f"heap_inuse is not in:\n{tags}")


def check_count(target, profile):
    raw = exports.go("tool", "pprof", "-raw", profile)
    counts = [int(match[1]) for match in re.finditer(r"^ *\d+ +(\d+): [\d ]+$", raw, re.M)]
    wanted = sum(row["count"] for row in target.document("summary")["rows"])
    check(sum(counts) == wanted, f"{sum(counts)} things in pprof, {wanted} in summary")


def check_traces(profile):
    traces = exports.go("tool", "pprof", "-traces", profile)
    check(re.search(r"heap_inuse\n +heap span\n +heap arena\n +[0-9a-f]+ rw-", traces),
          f"no stack of a heap span, innermost first:\n{traces[:3000]}")


def check_folded(target):
    lines = target.export("folded").read_text(encoding="utf-8").splitlines()
    check(all(re.fullmatch(r"[^;]+(;[^;]+)+ [1-9]\d*", line) for line in lines), "a line is not folded")
    total = sum(int(line.rpartition(" ")[2]) for line in lines)
    check(total == target.mapped(), f"folded adds up to {total}, VIRT is {target.mapped()}")


def check_tables(target):
    for form in ("csv", "jsonl", "markdown"):
        same = target.printed("annotate", "--format", form)
        check(target.export(form).read_bytes() == same, f"export {form} is not annotate --format {form}")


def test(folder):
    target = exports.Target(folder)
    profile = target.export("pprof")
    check(profile.read_bytes() == target.printed("export", "pprof"), "stdout and -o differ")
    check_sum(target, profile)
    check_kinds(target, profile)
    check_count(target, profile)
    check_traces(profile)
    check_folded(target)
    check_tables(target)


if __name__ == "__main__":
    sys.exit(exports.main(test))
