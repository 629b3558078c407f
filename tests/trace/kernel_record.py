"""What the kernel itself writes down of a process and its children: an instance of ftrace. Needs root."""

import contextlib
import os
import pathlib
import re
import subprocess

from hosts import check


@contextlib.contextmanager
def tracefs(folder):
    """Where tracefs is mounted; None where it cannot be."""
    usual = pathlib.Path("/sys/kernel/tracing")
    if (usual / "instances").exists():
        yield usual
        return
    place = folder / "tracing"
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tracefs", "nodev", str(place)], check=False, capture_output=True)
    if done.returncode != 0:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=False)


class Instance:
    """Records events, as folders below events/, of one process that is started with `follow_me` and of its children."""

    def __init__(self, place, events):
        self.instance = place / "instances" / f"memmap-{os.getpid()}"
        self.events = events

    def __enter__(self):
        self.instance.mkdir()
        self.put("options/event-fork", 1)
        self.put("buffer_size_kb", 16384)
        self.put("trace_clock", "mono")  # the usual one may differ from CPU to CPU
        return self

    def __exit__(self, *_):
        self.switch(0)
        self.instance.rmdir()

    def put(self, name, value):
        (self.instance / name).write_text(f"{value}\n")

    def switch(self, on):
        for event in self.events:
            self.put(f"events/{event}/enable", on)

    def follow_me(self):
        """Begins. Before, the events would be those of every process."""
        self.put("set_event_pid", os.getpid())
        self.switch(1)

    def lines(self):
        stats = "".join(file.read_text() for file in self.instance.glob("per_cpu/cpu*/stats"))
        lost = sum(map(int, re.findall(r"^(?:overrun|dropped events): (\d+)$", stats, re.MULTILINE)))
        check(lost == 0, f"the recorder lost {lost} calls")
        return (self.instance / "trace").read_text().splitlines()
