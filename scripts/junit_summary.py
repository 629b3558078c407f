#!/usr/bin/env python3
"""Counts what ctest recorded: a line "counts<TAB>PASSED FAILED SKIPPED", then a line per test that failed or was skipped.

A test is skipped only if it ended with its SKIP_RETURN_CODE. ctest marks tests that it could not run in the same way (no
such program, a missing file, a fixture that failed): these are failures.
"""

import sys
import xml.etree.ElementTree


def last_line(case):
    """The last line that a test printed, or ctest for it."""
    lines = (case.findtext("system-out") or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"


def outcome(case):
    """("run", "fail" or "skip", what to say of it)."""
    if case.get("status") == "run":
        return "run", ""
    skipped = case.find("skipped")
    if skipped is None:
        return "fail", f"FAILED: {case.get('name')}"
    if skipped.get("message", "").startswith("SKIP_RETURN_CODE="):
        return "skip", f"SKIPPED: {case.get('name')}: {last_line(case).removeprefix('SKIPPED: ')}"
    return "fail", f"FAILED: {case.get('name')} did not run: {last_line(case)}"


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    counts = {"run": 0, "fail": 0, "skip": 0}
    notes = []
    for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        state, note = outcome(case)
        counts[state] += 1
        if note:
            notes.append(f"note\t{note}")
    print(f"counts\t{counts['run']} {counts['fail']} {counts['skip']}")
    print("\n".join(notes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
