#!/usr/bin/env python3
"""Writes docs/kinds.md from kinds.def; with --check, fails if it is not up to date."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = ROOT / "plugin/core/map/kinds.def"
DOC = ROOT / "docs/kinds.md"
COLUMN = r'(\w+|"[^"]*")'
KIND = re.compile(r"KIND\(" + r",\s*".join([COLUMN] * 11) + r"\)\s*")
HEAD = """# Kinds

Every mapped byte has exactly one kind: the innermost thing that it belongs to. This page is made
from `plugin/core/map/kinds.def` by `scripts/make_kinds_doc.py`; `memmap kinds` prints the same.

* **id** is what JSON and `--kind` use; **shown** is what people read.
* **counter** is the runtime's counter that the bytes are charged to, one for each kind in every Go
  release; – where they are in none.
* **VMA name** is what Go 1.25 and newer call the mapping, after `Go: ` in `/proc/PID/maps`, where
  the kernel keeps such names.
"""


def sections(lines):
    """Pairs of a heading and its kinds; a heading is a comment line right above a kind."""
    found = [("Mappings, and what is left in them", [])]
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        if re.match(r"// \S", line) and after.startswith("KIND("):
            found.append((line[3:].rstrip("."), []))
        elif line.startswith("KIND("):
            match = KIND.fullmatch(line)
            if not match:
                sys.exit(f"{TABLE}:{number + 1}: not one whole KIND(…): {line}")
            found[-1][1].append([column.strip('"') for column in match.groups()])
    return found[1:] + found[:1]


def row(kind):
    kind_id, shown, _, counter, *_, vma_name, meaning = kind
    counter = "–" if counter == "none" else f"`{counter}`"
    vma_name = f"`{vma_name}`" if vma_name else ""
    return f"| `{kind_id}` | {shown} | {counter} | {vma_name} | {meaning} |".replace("|  |", "| |")


def document():
    text = HEAD
    for heading, kinds in sections(TABLE.read_text().splitlines()):
        text += f"\n## {heading}\n\n| id | shown | counter | VMA name | meaning |\n"
        text += "|---|---|---|---|---|\n"
        text += "".join(row(kind) + "\n" for kind in kinds)
    return text


def main():
    if sys.argv[1:] != ["--check"]:
        DOC.write_text(document())
    elif not DOC.exists() or DOC.read_text() != document():
        sys.exit("docs/kinds.md differs from kinds.def: run scripts/make_kinds_doc.py")


if __name__ == "__main__":
    main()
