#!/usr/bin/env python3
"""Every verb, format and export of a command that was built with sanitizers, over a core, a live process and traces: no
sanitizer has anything to say, and the command ends as any other.  sanitized.py COMMAND"""

import os
import re
import subprocess
import sys

import hosts

VERBS = ("annotate", "summary", "reconcile", "check")
FORMATS = ("text", "json", "jsonl", "csv", "markdown")
SAYS = re.compile(r"^(?:.*runtime error:|==\d+==ERROR).*$", re.MULTILINE)
OPTIONS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
TIMEOUT = 300  # seconds


def run(command, *words):
    """What it printed. 2 says that something is missing, and what."""
    done = subprocess.run([command, *map(str, words)], env=dict(os.environ, **OPTIONS), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, timeout=TIMEOUT)
    error = done.stderr.decode(errors="replace")
    said = SAYS.search(error)
    hosts.check(not said, f"memmap {' '.join(map(str, words))}: {error[said.start():][:4000] if said else ''}")
    hosts.check(done.returncode in (0, 2), f"memmap {' '.join(map(str, words))}: exit {done.returncode}: {error[-2000:]}")
    return done.stdout


def looks(command, target, folder):
    for verb in VERBS:
        for form in FORMATS:
            hosts.check(run(command, verb, *target, "--format", form), f"{verb} as {form} is empty")
    run(command, "annotate", *target, "--all", "--sort", "size")
    run(command, "reconcile", *target, "-v")
    for form in ("pprof", "perfetto", "html", "svg", "folded", "csv", "jsonl"):
        path = folder / f"exported.{form}"
        run(command, "export", form, *target, "-o", path)
        hosts.check(path.stat().st_size > 0, f"export {form} is empty")


def traces(command, program, folder):
    """By both doors, then the map with births, the report and its exports."""
    for door in ("ptrace", "auto"):
        events = folder / f"{door}.jsonl"
        run(command, "trace", "run", "--door", door, "--births", "-o", events, "--", program, 4, 50)
        for form in (*FORMATS, "pprof", "perfetto"):
            run(command, "trace", "report", events, "--format", form, *(["-o", folder / "report"] if form == "pprof" else []))
        run(command, "trace", "report", events, "--by", "kind")


def test(command, folder):
    core, program = hosts.kernel_core(folder)
    looks(command, ["--core", core, "--exe", program], folder)
    with subprocess.Popen([hosts.program("heap"), "16"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            hosts.check(process.stdout.readline().strip() == b"ready", "the program with a heap did not get ready")
            looks(command, ["-p", process.pid], folder)
        finally:
            process.kill()
    traces(command, hosts.program("buckets"), folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
