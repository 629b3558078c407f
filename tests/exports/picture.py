#!/usr/bin/env python3
"""The SVG: well-formed, filled from end to end, needing nothing else."""

import sys
import xml.etree.ElementTree

import exports
from exports import check

SVG = "{http://www.w3.org/2000/svg}"


def strips(root):
    """The widths of the parts between one frame and the next."""
    found, parts = [], []
    for rectangle in root.iter(f"{SVG}rect"):
        if rectangle.get("class") == "frame":
            found.append((float(rectangle.get("width")), parts))
            parts = []
        elif rectangle.find(f"{SVG}title") is not None:
            parts.append((float(rectangle.get("x")), float(rectangle.get("width"))))
    return found


def test(folder):
    target = exports.Target(folder)
    path = target.export("svg")
    text = path.read_text(encoding="utf-8")
    root = xml.etree.ElementTree.fromstring(text)
    found = strips(root)
    check(len(found) == 3, f"{len(found)} strips, not mapped, accessible and counted")
    for width, parts in found:
        check(abs(sum(part for _, part in parts) - width) < 0.01 * len(parts), "the parts do not fill their strip")
        check(parts == sorted(parts), "the parts are not in order")
    check("prefers-color-scheme: dark" in text, "no colours for dark")
    check("http" not in text.replace("http://www.w3.org/2000/svg", ""), "the picture refers to something outside")


if __name__ == "__main__":
    sys.exit(exports.main(test))
