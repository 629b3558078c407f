#!/usr/bin/env python3
"""_memmap.pyi says what the module is: names and constants by mypy's stubtest, parameters by the signatures that pybind11
writes down, types by what a real map gives."""

import ast
import os
import pathlib
import re
import subprocess
import sys

from targets import hosts

import memmap
from memmap import _memmap
from hosts import check

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = pathlib.Path(memmap.__file__).parent
# What pybind11 does to each class, and stubs cannot say.
OF_PYBIND = re.compile(r"metaclass differs$|__init__ is inconsistent, stub does not have \*args|"
                       r"Table\.__buffer__ is not present at runtime$")  # Python knows it from 3.12 on


def names():
    if subprocess.run([sys.executable, "-c", "import mypy.stubtest"], capture_output=True, check=False).returncode != 0:
        hosts.lack("no mypy for this Python: scripts/setup tests")
    words = [sys.executable, "-m", "mypy.stubtest", "memmap._memmap", "--concise", "--mypy-config-file", str(HERE / "mypy.ini")]
    done = subprocess.run(words, cwd=PACKAGE.parent, env=dict(os.environ, MYPYPATH=str(PACKAGE.parent)), capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    said = done.stdout.splitlines()
    wrong = [line for line in said if not OF_PYBIND.search(line)]
    check(not done.stderr and not wrong and len(said) > 10, f"{done.stderr}{wrong or said}")


def split(text):
    """At the commas outside of brackets; -> is none."""
    parts, depth = [""], 0
    for char in text.replace("->", "  "):
        depth += (char in "[(<") - (char in "])>")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts if part.strip()]


def written(name, text):
    """The parameters of each overload, by pybind11's first lines: (name, has a default)."""
    found = []
    for line in (text or "").splitlines():
        match = re.match(rf"(?:\d+\. )?{re.escape(name)}\((.*)\) -> ", line)
        if match and match[1] != "*args, **kwargs":
            found.append([("*" if part.startswith("*") else part.split(":")[0], "=" in part) for part in split(match[1]) if part != "*"])
    return found


def stubbed(function):
    """The same of a `def` in the stub."""
    words = function.args
    positional = [*words.posonlyargs, *words.args]
    defaults = [False] * (len(positional) - len(words.defaults)) + [True] * len(words.defaults)
    return [*((word.arg, default) for word, default in zip(positional, defaults)), *([("*", False)] if words.vararg else []),
            *((word.arg, default is not None) for word, default in zip(words.kwonlyargs, words.kw_defaults))]


def same(one, other):
    """pybind11 calls a parameter without a name arg0."""
    return len(one) == len(other) and all(
        left == right or left[1] == right[1] and re.fullmatch(r"arg\d+", left[0]) for left, right in zip(one, other))


def parameters(owner, body):
    """How many were compared."""
    compared = 0
    functions = [node for node in body if isinstance(node, ast.FunctionDef) and node.name != "__buffer__" and
                 not any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list)]
    for name in sorted({node.name for node in functions}):
        module = written(name, getattr(owner, name).__doc__)
        stub = [stubbed(node) for node in functions if node.name == name]
        check(len(module) == len(stub) and all(any(same(one, other) for other in stub) for one in module),
              f"{owner.__name__}.{name}: module {module}, stub {stub}")
        compared += len(stub)
    return compared


def fits(value, node):
    """Whether a value is of the type that the stub writes."""
    if isinstance(node, ast.BinOp):
        return fits(value, node.left) or fits(value, node.right)
    if isinstance(node, ast.Constant):
        return value is node.value
    if isinstance(node, ast.Name):
        kind = getattr(_memmap, node.id, None) or {"int": int, "str": str, "bool": bool, "float": float, "Any": object}[node.id]
        return isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if node.value.id == "Literal":
        return value in map(ast.literal_eval, inner)
    if node.value.id == "tuple":
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(fits, value, inner))
    if node.value.id == "list":
        return isinstance(value, list) and all(fits(one, inner[0]) for one in value)
    return isinstance(value, dict) and all(fits(one, inner[0]) and fits(two, inner[1]) for one, two in value.items())


def is_property(node):
    return isinstance(node, ast.FunctionDef) and any(isinstance(one, ast.Name) and one.id == "property" for one in node.decorator_list)


def properties(things, classes):
    """How many were looked at."""
    looked = 0
    for thing in things:
        for node in classes[type(thing).__name__].body:
            if is_property(node):
                value = getattr(thing, node.name)
                check(fits(value, node.returns), f"{thing!r}.{node.name} is {value!r}, not {ast.unparse(node.returns)}")
                looked += 1
    return looked


def things_of(m):
    """At least one of each class."""
    ledger = m.ledger
    lines = [*ledger.memstats.values(), *ledger.classes.values(), *ledger.equations.values()]
    terms = [term for line in lines for term in getattr(line, "terms", [])]
    claim = memmap.Claim(m[next(iter(m)).begin].begin, 16, kind="heap_span")
    command = _memmap.Command(["kinds"])
    return [m, *m, m.rows, m.spans, ledger, *lines, *terms, *m.totals().values(), *m.totals(by="mapping").values(), claim, command]


def test(folder):
    names()
    body = ast.parse((PACKAGE / "_memmap.pyi").read_text(encoding="utf-8")).body
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    compared = parameters(_memmap, body) + sum(parameters(getattr(_memmap, name), node.body) for name, node in classes.items())
    check(compared > 30, f"only {compared} functions compared")
    core, program = hosts.kernel_core(folder)
    things = things_of(memmap.open_core(core, program))
    without = {name for name, node in classes.items() if any(map(is_property, node.body))} - {type(thing).__name__ for thing in things}
    check(not without, f"no instance of {without}")
    check(properties(things, classes) > 1000, "hardly a property was looked at")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
