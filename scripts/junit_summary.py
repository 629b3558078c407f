#!/usr/bin/env python3
"""Counts what ctest recorded: a line "counts<TAB>PASSED FAILED SKIPPED", then a line per test that failed or was skipped."""

import sys
import xml.etree.ElementTree


def reason_of(case):
    """The last line that a skipped test printed."""
    lines = (case.findtext("system-out") or "").strip().splitlines()
    return lines[-1].removeprefix("SKIPPED: ") if lines else "no reason given"


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    counts = {"run": 0, "fail": 0, "notrun": 0}
    lines = []
    for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
        status = case.get("status", "fail")
        skipped = status != "run" and case.find("skipped") is not None
        counts["notrun" if skipped else status if status == "run" else "fail"] += 1
        if skipped:
            lines.append(f"note\tSKIPPED: {case.get('name')}: {reason_of(case)}")
        elif status != "run":
            lines.append(f"note\tFAILED: {case.get('name')}")
    print(f"counts\t{counts['run']} {counts['fail']} {counts['notrun']}")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
