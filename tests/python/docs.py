#!/usr/bin/env python3
"""The examples of docs/python.md run as they stand, one after another."""

import re
import sys

from targets import hosts

import memmap


def test(folder):
    text = (hosts.ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    hosts.check(len(examples) >= 5, f"only {len(examples)} examples")
    core, program = hosts.kernel_core(folder)
    names = {"CORE": core, "PROGRAM": program}
    for number, example in enumerate(examples, 1):
        exec(compile(example, f"docs/python.md, example {number}", "exec"), names)  # pylint: disable=exec-used
    memmap.annotators.clear()


if __name__ == "__main__":
    sys.exit(hosts.main(test))
