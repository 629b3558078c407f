"""What the program buckets does by its own count, and what the events of a trace of it say."""

import collections
import itertools
import pathlib
import re
import time

import hosts

SMALL = 64 << 10  # persistentalloc asks sysAlloc for more than that
LATE = 3  # calls that the runtime's own goroutines may make between the program's count and its end
COUNTERS = ("Sys", "buckhash_sys", "mspan_sys", "mcache_sys", "other_sys")
# An allocation of the program itself that gets a bucket, not one of the collector that it starts.
BUCKET = re.compile(r"runtime\.persistentalloc runtime\.newBucket runtime\.stkbucket runtime\.mProf_Malloc "
                    r"(runtime\.(profilealloc|mallocgc\w*|newobject) )+main\.path ")


def wait_for_removed_probes():
    """Uprobes of a trace before are removed behind it; the kernel takes LLDB's breakpoints there for its own meanwhile."""
    def ending(process):  # it has given back its memory, and closes files
        try:
            return (process / "comm").read_text() == "memmap\n" and not (process / "cmdline").read_bytes()
        except OSError:
            return False
    end = time.monotonic() + 60
    while any(ending(process) for process in pathlib.Path("/proc").glob("[0-9]*")) and time.monotonic() < end:
        time.sleep(0.1)


def figures(said):
    """What the program printed at its end."""
    line = next((line for line in said.splitlines() if line.startswith("figures ")), None)
    hosts.check(line, f"the program printed no figures: {said!r}")
    counted: dict = dict(zip(("threads", "count") + COUNTERS, map(int, line.split()[1:])))
    counted["goroutines"] = [int(number) for number in re.findall(r"^thread of goroutine (\d+)$", said, re.MULTILINE)]
    return counted


def charged(events):
    """Bytes by counter: what the runtime adds in sysAlloc, sysMap and sysFree, and what persistentalloc moves."""
    sums = collections.Counter()
    for event in events:
        counter, size = event["counter"], event["size"]
        if event["operation"] in ("sysAlloc", "sysMap") and counter:
            sums[counter] += size
        elif event["operation"] == "sysFree" and counter:
            sums[counter] -= size
        elif event["operation"] == "persistentalloc" and size < SMALL and counter != "other_sys":
            sums["other_sys"] -= size
            sums[counter or "none"] += size
    sums["Sys"] = sum(sums.values()) - sums["none"]
    return sums


def functions(event):
    return [frame["function"] or "?" for frame in event["stack"]]


def is_own(event):
    return BUCKET.match(" ".join(functions(event))) is not None


def late_calls(events):
    """How many calls at the end may be later than the program's figures. It counts after FreeOSMemory, which gives pages back
    by calls that are events, and its own threads ask for nothing then."""
    freed = max((i for i, event in enumerate(events) if "runtime/debug.FreeOSMemory" in functions(event)), default=len(events))
    late = itertools.takewhile(lambda event: event["operation"] == "persistentalloc" and not is_own(event),
                               reversed(events[freed + 1:]))
    return min(sum(1 for _ in late), LATE)


def check_equal(events, sums, counted, where):
    """Each counter is what its events say. Else also which calls may be why: of such a size, and the last."""
    differ = {name: sums[name] - value for name, value in counted.items() if sums[name] != value}
    sizes = set(map(abs, differ.values()))
    suspects = [event for i, event in enumerate(events) if event["size"] in sizes or i >= len(events) - 3]
    calls = [f"{event['sequence']} {event['operation']} {event['size']} {event['counter']} {functions(event)[:5]}"
             for event in suspects]
    hosts.check(not differ, f"{where}: events less counted {differ}; {len(events)} events, none: {sums['none']}; "
                            f"{'; '.join(calls)}")


def check_sums(events, counted, where):
    """Each counter is what the events say, and none of the threads' buckets is missing. The buckets' events."""
    sums = charged(events)
    for late in range(1, late_calls(events) + 1):
        before = charged(events[:-late])
        if any(sums[name] != counted[name] for name in COUNTERS) and all(before[name] == counted[name] for name in COUNTERS):
            print(f"{where}: left out, as the program had counted before: {[functions(event) for event in events[-late:]]}")
            sums = before
    check_equal(events, sums, {name: counted[name] for name in COUNTERS}, f"{where}, as the program has counted")
    workers = [event for event in events if is_own(event)]
    wanted = counted["threads"] * counted["count"]
    hosts.check(len(workers) == wanted, f"{where}: {len(workers)} of {wanted} profile buckets")
    return workers


def check_goroutines(workers, counted, where):
    """Each bucket was made for the goroutine that the runtime names."""
    made = collections.Counter(event["goroutine"] for event in workers)
    wanted = dict.fromkeys(counted["goroutines"], counted["count"])
    hosts.check(made == wanted and len(wanted) == counted["threads"], f"{where}: goroutines {made}, wanted {wanted}")
