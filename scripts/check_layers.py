#!/usr/bin/env python3
"""Fails if a file includes something from a layer above it, or if the core knows a host.

Also fails if a walker or an annotator compares versions (they ask for fields and traits), if a row
of pieces.def is filled by nobody, and if a deriver could read memory.
"""
import pathlib
import re
import sys

# What each folder of plugin/core may include, besides itself.
CORE = {
    "base": set(),
    "process": {"base"},
    "dwarf": {"base", "process"},
    "model": {"base"},
    "go": {"base", "process", "dwarf", "model"},
    "native": {"base", "process", "model"},
    "map": {"base", "process"},
    "annotate": {"base", "model", "map"},
    "ledger": {"base", "process", "model", "map"},
    "trace": {"base", "process", "dwarf", "map", "report"},
    "report": {"base"},
    "export": {"base", "report"},
    "words": {"base", "map", "report", "trace"},
    "view": {"base", "process", "model", "map", "ledger", "report", "trace"},
    "verbs": {"base", "process", "model", "map", "ledger", "report", "trace", "export", "view", "words"},
    "install": {"base", "report", "verbs"},
}
# Files directly in plugin/core put the rest together: session, analyze.
ROOT = "."
# Plain values that cross: what views and verbs answer from, and what words become that views select by.
VALUES = {"analysis.h": {"view", "verbs"}, "view/filter.h": {"words"}}
# The hosts may include all of the core. Besides themselves and that:
HOSTS: dict[str, set[str]] = {
    "lldb": {"live"},
    "live": set(),
    "cli": {"live"},
    "python": {"live"},
}
SUFFIXES = {".h", ".cpp", ".def"}
FOREIGN = re.compile(r"#\s*include\s*<((lldb|pybind11)/|Python\.h)")
INCLUDE = re.compile(r'#\s*include\s*"([^"]+)"')
READS = re.compile(r'"process/(?!target\.h)|"go/(?!derive/|layout/traits\.h)|\b(MemoryReader|Runtime)\b')
VERSION = r"\w*(?:version|minor)\w*(?:\(\))?"
COMPARED = re.compile(rf"\b{VERSION}\s*(?:[<>]=?|[=!]=)|(?:[<>]=?|[=!]=)\s*(?:[\w()]+\.)*{VERSION}\b")


def sources(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES)


def layer_of_include(name, file, layer):
    """`walk.h` is a neighbour or a file directly in plugin/core."""
    if "/" in name:
        return name.split("/")[0]
    return layer if (file.parent / name).exists() else ROOT


def includes(file):
    for number, text in enumerate(file.read_text().splitlines(), 1):
        if match := INCLUDE.match(text.strip()):
            yield number, match[1]


def check_includes(file, layer, allowed):
    for number, name in includes(file):
        if layer in VALUES.get(name, ()):
            continue
        if layer_of_include(name, file, layer) not in allowed | {layer}:
            yield f"{file}:{number}: {layer} may not include {name}"


def check_foreign(file):
    for number, text in enumerate(file.read_text().splitlines(), 1):
        if FOREIGN.match(text.strip()):
            yield f"{file}:{number}: the core knows no debugger and no Python"


def check_versions(file):
    for number, text in enumerate(file.read_text().splitlines(), 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', text).split("//")[0].replace("->", ".")
        if not code.lstrip().startswith("#") and COMPARED.search(code):
            yield f"{file}:{number}: ask for a field or a trait, never for a version"


def check_derive(file):
    for number, text in enumerate(file.read_text().splitlines(), 1):
        if READS.search(text.split("//")[0]):
            yield f"{file}:{number}: a deriver has the model, and reads no memory"


def check_pieces(core):
    table = core / "model/pieces.def"
    walkers = "".join(file.read_text() for file in sources(core / "go"))
    for piece in re.findall(r"^PIECE\((\w+),", table.read_text(), re.M):
        if not re.search(rf"\bPieceId::{piece}\b", walkers):
            yield f"{table}: nothing in go/ adds {piece}"


def check_core(core):
    yield from check_pieces(core)
    for file in sources(core):
        parts = file.relative_to(core).parts
        layer = parts[0] if len(parts) > 1 else ROOT
        yield from check_foreign(file)
        if layer == ROOT:
            yield from check_includes(file, layer, set(CORE))
        elif layer in CORE:
            yield from check_includes(file, layer, CORE[layer])
        else:
            yield f"{file}: no layer of the core is called {layer}"
        if parts[:2] == ("go", "derive"):
            yield from check_derive(file)
        if layer == "annotate" or parts[:2] == ("go", "walk"):
            yield from check_versions(file)


def check_hosts(plugin):
    for file in sources(plugin):
        host = file.relative_to(plugin).parts[0]
        if host == "core":
            continue
        if host in HOSTS:
            yield from check_includes(file, host, HOSTS[host] | set(CORE) | {ROOT})
        else:
            yield f"{file}: no host is called {host}"


def main():
    plugin = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else (
        pathlib.Path(__file__).resolve().parent.parent / "plugin")
    wrong = [*check_core(plugin / "core"), *check_hosts(plugin)]
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
