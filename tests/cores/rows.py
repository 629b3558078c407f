"""The rows of the oracle matrix: which release, variant and way, and in which mode the oracle runs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    release: str
    variant: str
    way: str
    cold: bool      # no ReadMemStats before the stop
    procs: int      # GOMAXPROCS lowered to this before the stop; 0: left alone
    goal: bool      # a finite heap goal in place of GOGC=off
    doors: bool     # a second door, LLDB, looks too, and must print the same bytes
    gdb: bool       # so must gdb

    @property
    def name(self):
        return f"{self.release} {self.variant} {self.way}"

    @property
    def words(self):
        """The oracle's words, also shown beside a failing row."""
        words = ["core"] if self.way == "kernel_core" else ["cold" if self.cold else "warm"]
        if self.procs:
            words.append(f"procs={self.procs}")
        if self.goal:
            words.append("goal")
        return words


@dataclasses.dataclass
class Outcome:
    row: Row
    reasons: list = dataclasses.field(default_factory=list)  # why it failed, one line each
    skip: str = ""       # why it did not run
    skip_kind: str = ""  # "release", "tool", or "machine": a right or a kernel feature that is not there

    @property
    def state(self):
        return "skip" if self.skip else "FAIL" if self.reasons else "ok"


def make_row(table, release, variant, way):
    """Modes alternate so that every release has warm and cold rows, full and lowered GOMAXPROCS, both kinds of goal."""
    place = table["releases"].index(release) if release in table["releases"] else 0
    number = place + 2 * list(table["variants"]).index(variant) + 3 * table["ways"].index(way)
    return Row(release, variant, way, cold=way != "kernel_core" and number % 2 == 1,
               procs=(1, 2, 3)[number // 3 % 3] if number % 3 == 0 else 0, goal=number % 5 == 0,
               doors=way == "live_lldb" or (way == "kernel_core" and number % 4 == 0),
               gdb=way in ("live", "kernel_core") and number % 8 == 3)


def make_rows(table, releases, variants, ways):
    return [make_row(table, release, variant, way) for release in releases for variant in variants for way in ways]
