"""What the tests of memmap trace share: running it, its events, and what the program requests has done."""

import collections
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "cores"), str(ROOT / "tests" / "hosts")]

import buckets         # noqa: E402,F401  # for those who import this
import build_fixtures  # noqa: E402
import hosts           # noqa: E402
import kernel_record   # noqa: E402,F401

check = hosts.check
MEMMAP = ROOT / "build" / "memmap"
NEWEST = "1.27"
TIMEOUT = 60  # seconds
THREADS = 4
SYSTEM_CALLS = ("mmap", "munmap", "mremap", "madvise", "mprotect", "brk", "prctl")


@dataclasses.dataclass
class Trace:
    code: int
    text: str       # what memmap and the program printed
    problem: str    # stderr
    header: dict
    rows: list
    ended: float    # when memmap had ended, by time.monotonic()

    def calls(self, *operations):
        return [row for row in self.rows if row["operation"] in operations]


def releases(words):
    """Those asked for: all of the table by --all, else the newest."""
    table = build_fixtures.load_table()
    return table["releases"] if "--all" in words else [build_fixtures.full_release(table, NEWEST)]


def program(name, release=NEWEST, variant="plain"):
    return hosts.program(name, variant, release)


def environment(**more):
    return dict({key: value for key, value in os.environ.items() if not key.startswith("GO")}, **more)


def start(folder, words, **options):
    """A memmap that traces to FOLDER/events.jsonl."""
    mode, *rest = map(str, words)
    events = folder / "events.jsonl"
    events.unlink(missing_ok=True)
    options = {"stdin": subprocess.DEVNULL, "env": environment(), **options}
    return subprocess.Popen([str(MEMMAP), "trace", mode, "-o", str(events), *rest], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


def finish(folder, process):
    text, problem = process.communicate(timeout=TIMEOUT)
    ended = time.monotonic()
    header, rows = {}, []
    events = folder / "events.jsonl"
    if events.exists():
        first, *lines = events.read_text().splitlines()
        header, rows = json.loads(first), [json.loads(line) for line in lines]
    return Trace(process.returncode, text, problem, header, rows, ended)


def trace(folder, *words, **options):
    return finish(folder, start(folder, words, **options))


def lacks_goroutines(trace):
    """What keeps uprobes from knowing them; None where nothing does."""
    return next((finding["message"] for finding in trace.header["findings"] if finding["code"] == "goroutines"), None)


def run_report(file, *words):
    """What `trace report FILE` prints."""
    command = [str(MEMMAP), "trace", "report", str(file), *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=TIMEOUT)
    check(done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def report(file, what):
    """The rows by operation, counter, site, kind or time."""
    return json.loads(run_report(file, "--by", what, "--format", "json"))["rows"]


def functions(row):
    return [frame["function"] for frame in row["stack"]]


def pieces(rows, operation, function):
    """(size, address) of the system calls that a function of requests has made."""
    return [(row["size"], row["address"]) for row in rows
            if row["operation"] == operation and function in functions(row)]


def sizes(thread, count):
    return [4096 * (1 + THREADS * i + thread) for i in range(count)]


def check_pieces(rows, wanted, what):
    """Each piece taken once, and given back at its address."""
    taken, given = pieces(rows, "mmap", "main.take"), pieces(rows, "munmap", "main.giveBack")
    found = collections.Counter(size for size, _ in taken)
    expected = collections.Counter(wanted)
    check(found == expected, f"{what}: {sum((expected - found).values())} pieces were not seen, "
                             f"{sum((found - expected).values())} were seen and not made")
    check(sorted(taken) == sorted(given), f"{what}: not every piece was given back where it was taken")


def wait_for(holds, what):
    end = time.monotonic() + TIMEOUT
    while not holds():
        check(time.monotonic() < end, f"{what}: it does not come")
        time.sleep(0.01)


def children(pid):
    return [int(word) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()]


def ticks(pid):
    """The processor time of all threads, in hundredths of a second."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def until_it_ran(pid):
    """Until a process has run for a while from now on. The first tick may be for what it did before."""
    begin = ticks(pid)
    wait_for(lambda: ticks(pid) >= begin + 2, f"process {pid} runs")


def interrupt(process):
    process.send_signal(signal.SIGINT)


def until_ready(process):
    """What was printed until a traced program said that it has done its work."""
    printed = []
    while "ready\n" not in printed:
        printed.append(process.stdout.readline())
        check(printed[-1], f"the program did not get ready: {''.join(printed)[-300:]}")
    return "".join(printed)
