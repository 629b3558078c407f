#!/usr/bin/env python3
"""annotate --births after a trace: each mapping that the runtime made for one thing has the call that made it, by the
function that makes such a thing; by kind the map has what the events have made; with uprobes also each piece that
persistentalloc has cut out of a chunk.

    births.py DOOR [--all]

Of a program with cgo, also what C has taken is what the map cannot explain.
"""

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
SYS_ALLOC = 64 << 10  # from this size on persistentalloc cuts no piece out of a chunk
# Of pieces: persistentalloc's caller.
PIECES = {
    "profile_bucket": ["newBucket"],
    "mspan_pool": ["(*fixalloc).alloc"],
    "mcache_pool": ["(*fixalloc).alloc"],
    "pointer_mask": ["progToPointerMask"],
    "arena_list": ["(*mheap).sysAlloc"],
    "in_use_ranges": ["(*addrRanges).init"],
    "span_set_block": ["(*spanSetBlockAlloc).alloc"],
    "span_set_spine": ["(*spanSet).push"],
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


def functions(birth):
    return [(frame["function"] or "").removeprefix("runtime.") for frame in birth["stack"]]


def extent(row):
    return int(row["begin"], 16), int(row["end"], 16)


def check_pieces(rows, by_sequence, what):
    """What lies in a chunk, and has an owner, was asked of persistentalloc."""
    chunks = [extent(row) for row in rows if row["kind"] == "persistent_chunk"]
    seen = set()
    for row in rows:
        begin, end = extent(row)
        inside = any(first <= begin and end <= last for first, last in chunks)
        # A mapping that holds one chunk and nothing else is no piece of it.
        if not inside or row["level"] == "mapping" or row["kind"] in ("persistent_chunk", "persistent_free", "persistent_other"):
            continue
        event = by_sequence[row["birth"]["sequence"]]
        at = int(event["address"], 16)
        check(event["operation"] == "persistentalloc" and at <= begin and end <= at + event["size"],
              f"{what}: {row['kind']} {row['begin']} was made by {event['operation']} of {event['size']} bytes at {event['address']}")
        check(functions(row["birth"])[1] in PIECES.get(row["kind"], functions(row["birth"])),
              f"{what}: {row['kind']} {row['begin']} was made by {functions(row['birth'])}")
        seen.add(row["kind"])
    check(len(seen & PIECES.keys()) >= 4, f"{what}: pieces of kinds {sorted(seen)} only")


def check_live(file, events, rows, what):
    """By kind, the bytes of events that are live are the map's: of whole things, and of arenas what is no reserve."""
    wholes = {(row["kind"], row["whole"]["begin"], row["whole"]["end"]) for row in rows if row["table"] == "rows"}
    mapped = {}
    for kind, begin, end in wholes:
        mapped[kind] = mapped.get(kind, 0) + int(end, 16) - int(begin, 16)
    mapped["heap_arena"] -= mapped.get("arena_reserve", 0)
    live = {row["kind"]: row["live"] for row in traced.report(file, "kind")}
    live["persistent_chunk"] += sum(event["size"] for event in events if event["operation"] == "persistentalloc" and
                                    (event["size"] or SYS_ALLOC) < SYS_ALLOC and event["kind"] != "persistent_chunk")
    for kind in {"heap_arena", *MAKERS} - {"page_summary"}:
        check(live.get(kind, 0) == mapped.get(kind, 0),
              f"{what}: events have made {live.get(kind, 0)} bytes of {kind} that are live, the map has {mapped.get(kind, 0)}")


def check_release(release, door, folder):
    """What kept the pieces from being seen; empty where they were looked at, or are not this door's."""
    words = ["trace", "run", "--door", door, "--births", "--format", "jsonl", "--", traced.program("oracle", release)]
    done = subprocess.run([str(traced.MEMMAP), *words],
                          input="x", text=True, capture_output=True, check=False, timeout=traced.TIMEOUT,
                          env=traced.environment(GOGC="off", GOMAXPROCS="6"))
    check(done.returncode in (0, 2), f"Go {release}: exit {done.returncode}: {done.stderr}")
    (trace, events), (header, rows) = documents(done.stdout)
    check(header["verb"] == "annotate", f"Go {release}: no map after the events")
    check("not_mapped" not in [finding["code"] for finding in header["findings"]], f"Go {release}: {header['findings']}")
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (trace, *events)))
    check_live(file, events, rows, f"Go {release}")
    by_sequence = {row["sequence"]: row for row in events}
    seen = set()
    for row in (row for row in rows if row["table"] == "rows" and row["kind"] in MAKERS):
        birth = row["birth"]
        check(birth, f"Go {release}: nobody made {row['kind']} {row['begin']}-{row['end']}")
        check(any(maker in functions(birth) for maker in MAKERS[row["kind"]]),
              f"Go {release}: {row['kind']} {row['begin']} was made by {functions(birth)}")
        event = by_sequence[birth["sequence"]]
        check(int(event["address"], 16) <= int(row["whole"]["begin"], 16), f"Go {release}: {row['kind']} begins before its birth")
        seen.add(row["kind"])
    check(len(seen) >= 6, f"Go {release}: only {sorted(seen)}")
    without = [finding["message"] for finding in trace["findings"] if "CAP_SYS_ADMIN" in finding["message"]]
    if door != "ptrace" and not without:
        check_pieces([row for row in rows if row["table"] == "rows"], by_sequence, f"Go {release}")
    taken = sum(1 for row in rows if row["table"] == "gone")
    print(f"Go {release}: {len(seen)} kinds, {taken} events whose memory is gone")
    return without if door != "ptrace" else []


def check_c_side(door, folder):
    """C's memory: opened by mprotect where it was reserved, by brk, by mmap."""
    command = [str(traced.MEMMAP), "trace", "run", "--door", door, "--births", "--format", "jsonl", "--",
               traced.program("cgodemo", variant="cgo")]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=traced.environment()) as process:
        printed = traced.until_ready(process)
        traced.interrupt(process)
        printed += process.stdout.read()
        problem = process.stderr.read()
    check(process.returncode in (0, 2), f"cgodemo: exit {process.returncode}: {problem}")
    (trace, events), (_, rows) = documents(printed)
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (trace, *events)))
    check_live(file, events, rows, "cgodemo")
    mapped = sum(row["self"] for row in rows if row["table"] == "rows" and row["kind"] == "unknown" and
                 row["perm"] != "---p" and row["file"] in (None, "[heap]"))
    of_c = next(row for row in traced.report(file, "kind") if row["kind"] == "unknown")
    left = of_c["taken"] - of_c["given_back"]
    check(mapped > 8 << 20 and of_c["live"] == left == mapped, f"cgodemo: {of_c}, {mapped} bytes in the map have no other kind")
    print(f"cgodemo: {mapped} bytes of C")


def check_other(folder):
    """Events of another process are told from this one's."""
    trace = traced.trace(folder, "run", "--until", "main.main", "--", traced.program("oracle"))
    check(trace.header["target"]["pid"], f"no process in {trace.header}")
    with subprocess.Popen([traced.program("cgodemo", variant="cgo")], stdout=subprocess.PIPE, text=True, env=traced.environment()) as other:
        traced.until_ready(other)
        done = subprocess.run([str(traced.MEMMAP), "annotate", "-p", str(other.pid), "--births", "--events", str(folder / "events.jsonl")],
                              text=True, capture_output=True, check=False, timeout=traced.TIMEOUT)
        other.kill()
    check(done.returncode == 0, f"another process: exit {done.returncode}: {done.stderr}")
    for sentence in (f"the events are of process {trace.header['target']['pid']}, and this is process {other.pid}",
                     "that the events have made are not mapped here", "the events end with their trace"):
        check(sentence in done.stdout, f"another process: no '{sentence}' in {done.stdout[-600:]}")


def test(door, *rest):
    *words, folder = rest
    check_c_side(door, folder)
    check_other(folder)
    without = [sentence for release in traced.releases(words) for sentence in check_release(release, door, folder)]
    if without:
        hosts.lack(f"the pieces of persistentalloc were not looked at: {without[0]}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
