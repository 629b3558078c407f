#!/usr/bin/env python3
"""annotate --births after a trace: each mapping that the runtime made for one thing has the call that made it, by the
function that makes such a thing. births.py [--all]"""

import json
import subprocess
import sys

import traced
from traced import check, hosts

# Who asks for what; by release other functions may have been inlined in between.
MAKERS = {
    "heap_arena": ["(*mheap).sysAlloc"],
    "heap_index": ["(*mheap).sysAlloc"],
    "heap_arena_struct": ["(*mheap).sysAlloc"],
    # Level 0 has memory in all of it.
    "page_summary": ["(*pageAlloc).sysInit", "(*pageAlloc).sysGrow"],
    "page_alloc": ["(*pageAlloc).sysGrow"],
    "page_alloc_index": ["(*pageAlloc).grow"],
    "scavenge_index": ["(*scavengeIndex).sysGrow", "(*scavengeIndex).grow", "(*scavengeIndex).init", "(*pageAlloc).sysGrow"],
    "allspans": ["recordspan"],
    "gc_bits_arena": ["newArenaMayUnlock"],
    "profile_table": ["stkbucket"],
    "persistent_chunk": ["persistentalloc1", "persistentalloc"],
    "gc_span_queue": ["newSpanSPMC"],
}


def documents(text):
    """The JSON lines of several reports, each with its rows."""
    found = []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        value = json.loads(line)
        if value.get("schema"):
            found.append((value, []))
        elif found and "table" in value:
            found[-1][1].append(value)
    return found


def check_release(release):
    done = subprocess.run([str(traced.MEMMAP), "trace", "run", "--births", "--format", "jsonl", "--", traced.program("oracle", release)],
                          input="x", text=True, capture_output=True, check=False, timeout=traced.TIMEOUT,
                          env=traced.environment(GOGC="off", GOMAXPROCS="6"))
    check(done.returncode in (0, 2), f"Go {release}: exit {done.returncode}: {done.stderr}")
    (_, events), (header, rows) = documents(done.stdout)
    check(header["verb"] == "annotate", f"Go {release}: no map after the events")
    by_sequence = {row["sequence"]: row for row in events}
    seen = set()
    for row in (row for row in rows if row["table"] == "rows" and row["kind"] in MAKERS):
        birth = row["birth"]
        check(birth, f"Go {release}: nobody made {row['kind']} {row['begin']}-{row['end']}")
        functions = [(frame["function"] or "").removeprefix("runtime.") for frame in birth["stack"]]
        check(any(maker in functions for maker in MAKERS[row["kind"]]),
              f"Go {release}: {row['kind']} {row['begin']} was made by {functions}")
        event = by_sequence[birth["sequence"]]
        check(int(event["address"], 16) <= int(row["whole"]["begin"], 16), f"Go {release}: {row['kind']} begins before its birth")
        seen.add(row["kind"])
    check(len(seen) >= 6, f"Go {release}: only {sorted(seen)}")
    taken = sum(1 for row in rows if row["table"] == "gone")
    print(f"Go {release}: {len(seen)} kinds, {taken} events whose memory is gone")


def test(*rest):
    *words, _ = rest
    for release in traced.releases(words):
        check_release(release)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
