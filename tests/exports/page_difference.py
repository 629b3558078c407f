#!/usr/bin/env python3
"""`export html A -- B`: two cores in one page, and what is different between them."""

import re
import subprocess
import sys

import browser
import exports
from exports import check


def rows_of(target):
    return {row["kind"]: row for row in target.document("summary")["rows"]}


def check_table(page, was, now, shown):
    lines = page.ask("[...document.querySelectorAll('#kinds tr')].map((row) => [...row.cells].map((cell) => cell.innerText))")
    for kind in was.keys() | now.keys():
        line = next((one for one in lines if one[0] == shown[kind]), None)
        counts = [rows.get(kind, {"count": 0})["count"] for rows in (was, now)]
        check(line and line[6:8] == [f"{count:,}" for count in counts], f"{kind}: {counts} is shown as {line}")
        change = counts[1] - counts[0]
        check(line[8] == (f"+{change:,}" if change > 0 else f"{change:,}"), f"{kind}: {change} is shown as {line}")


def check_treemap(page, was, now):
    """Each tile is a kind that is larger or smaller, the largest change first."""
    tips = page.ask("[...document.querySelectorAll('.tile:not(.group)')].map((tile) => tile.dataset.tip)")
    changed = [kind for kind in was.keys() | now.keys()
               if rows_bytes(was, kind) != rows_bytes(now, kind)]
    check(0 < len(tips) <= len(changed), f"{len(tips)} tiles for {len(changed)} kinds that changed")
    check(all(re.search(r": [+−]\d", tip) for tip in tips), f"tiles without a sign: {tips}")


def rows_bytes(rows, kind):
    return rows.get(kind, {"bytes": 0})["bytes"]


def test(folder):
    (folder / "a").mkdir()
    (folder / "b").mkdir()
    first, second = exports.Target(folder / "a"), exports.Target(folder / "b", program="memdemo")
    path = folder / "difference.html"
    words = [str(exports.MEMMAP), "export", "html", str(first.core), "--", str(second.core), "-o", str(path)]
    done = subprocess.run(words, capture_output=True, check=False, text=True, stdin=subprocess.DEVNULL)
    check(done.returncode == 0, f"export html A -- B ended with {done.returncode}: {done.stderr}")
    live = first.printed("export", "html", "live", "--", str(second.core))
    check(live == path.read_bytes(), "the target that is named besides is not A")
    shown = {row["id"]: row["shown"] for row in first.document("kinds")["rows"]}
    with browser.Browser() as page:
        page.open(path)
        check(page.ask("document.querySelectorAll('canvas.strip').length") == 2, "not two strips")
        check_table(page, rows_of(first), rows_of(second), shown)
        check_treemap(page, rows_of(first), rows_of(second))
        difference = page.ask("document.getElementById('treemap').innerText")
        page.key("t")
        check(page.ask("document.getElementById('treemap').innerText") != difference, "t does not show A")
        check(page.ask("document.querySelectorAll('#ledger .target').length") == 2, "not two ledgers")
        check(not page.complaints(), f"{page.complaints()}")


if __name__ == "__main__":
    sys.exit(exports.main(test))
