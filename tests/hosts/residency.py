#!/usr/bin/env python3
"""Resident bytes of every piece against pagemap and smaps, read by this test before memmap reads any byte of the stopped
process.  residency.py RELEASE…"""

import array
import bisect
import json
import mmap
import pathlib
import re
import sys

import hosts

PAGE = mmap.PAGESIZE
PRESENT, FILE, EXCLUSIVE = 1 << 63, 1 << 61, 1 << 56  # of an entry of pagemap
LINE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)")


class Kernel:
    """What the kernel says of a process that stands still, without a byte of its memory being read."""

    def __init__(self, pid):
        self.rss = {}     # by the address where the mapping begins
        self.begins, self.ends, self.before = [], [], [0]
        process = pathlib.Path(f"/proc/{pid}")
        mappings = []
        for line in (process / "smaps").read_text().splitlines():
            if match := LINE.fullmatch(line):
                mappings.append((int(match[1], 16), int(match[2], 16), match[3], match[4]))
            elif line.startswith("Rss:"):
                self.rss[mappings[-1][0]] = int(line.split()[1]) << 10
        with open(process / "pagemap", "rb", buffering=0) as pagemap:
            for mapping in mappings:
                self.add(pagemap, *mapping)
        self.total = sum(self.rss.values())
        hosts.check(self.before[-1] == self.total, f"pagemap has {self.before[-1]:,} resident bytes, smaps {self.total:,}")

    def add(self, pagemap, begin, end, permissions, name):
        if begin >> 63:  # [vsyscall] has no entries
            return
        pagemap.seek(begin // PAGE * 8)
        entries = array.array("Q", pagemap.read((end - begin) // PAGE * 8))
        hosts.check(len(entries) == (end - begin) // PAGE, f"pagemap ends inside {begin:x}-{end:x}")
        anonymous = permissions[3] == "p" and (name == "" or name.startswith(("[anon", "[heap", "[stack")))
        for number, entry in enumerate(entries):
            # The pages of zeros: the huge one looks like a file's, the small one is nobody's alone, like a page that a fork
            # has left to two; but this program does not fork.
            zero = anonymous and entry & FILE or not entry & (FILE | EXCLUSIVE)
            if entry & PRESENT and not zero:
                self.add_page(begin + number * PAGE)

    def add_page(self, begin):
        if self.ends and self.ends[-1] == begin:
            self.ends[-1] += PAGE
            self.before[-1] += PAGE
            return
        self.begins.append(begin)
        self.ends.append(begin + PAGE)
        self.before.append(self.before[-1] + PAGE)

    def below(self, address):
        """Resident bytes below an address."""
        run = bisect.bisect_right(self.begins, address) - 1
        if run < 0:
            return 0
        return self.before[run] + min(address, self.ends[run]) - self.begins[run]


def check_rows(kernel, rows):
    parents, own = [], []
    for row in rows:
        begin, end = int(row["begin"], 16), int(row["end"], 16)
        expected = kernel.below(end) - kernel.below(begin)
        hosts.check(row["resident"] == expected, f"pagemap has {expected:,} resident bytes of {row}")
        if row["depth"] == 0:
            hosts.check(row["resident"] == kernel.rss[begin], f"smaps has {kernel.rss[begin]:,} resident bytes of {row}")
        del parents[row["depth"]:]
        if parents:
            own[parents[-1]] -= row["resident"]
        parents.append(len(own))
        own.append(row["resident"])
    for row, resident in zip(rows, own):
        hosts.check(0 <= resident <= row["self"], f"{resident:,} resident bytes are of {row} itself")
    hosts.check(sum(own) == kernel.total, f"the pieces have {sum(own):,} resident bytes, smaps {kernel.total:,}")


def check_screen(text):
    """No dash where a number can be."""
    lines = text[:text.index("\n\n  ")].splitlines()[2:]
    end = lines[0].index("RESIDENT") + len("RESIDENT")
    hosts.check(len(lines) > 10, f"annotate prints {len(lines)} lines")
    for line in lines[1:]:
        hosts.check(not line[end - 8:end].strip().startswith("–"), f"resident bytes are missing in: {line}")


def look(pid, folder, verb, form="json"):
    """What memmap prints, and what the kernel said right before."""
    kernel = Kernel(pid)
    code, out, err = hosts.doors.run([str(hosts.MEMMAP), verb, "-p", str(pid), "--format", form], folder, hosts.doors.LOOK_TIMEOUT)
    hosts.check(code == 0, f"memmap {verb} ended with {code}: {err}")
    return kernel, out


def check_release(release, folder):
    with hosts.oracle.Oracle(hosts.program("oracle", release=release), [], False, folder) as process:
        process.wait_for_stop()
        kernel, out = look(process.pid, folder, "annotate")
        rows = json.loads(out)["rows"]
        check_rows(kernel, rows)
        counter = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1]
        print(f"Go {release}: {len(rows)} rows, {kernel.total >> 10:,} kB resident; VmRSS {int(counter):,} kB after memmap has read")
        kernel, out = look(process.pid, folder, "summary")
        total = sum(row["resident"] for row in json.loads(out)["rows"])
        hosts.check(total == kernel.total, f"summary has {total:,} resident bytes, smaps {kernel.total:,}")
        check_screen(look(process.pid, folder, "annotate", "text")[1])


def test(*words):
    *releases, folder = words
    for release in releases:
        check_release(release, folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
