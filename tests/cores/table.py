"""The matrix as a table, the reasons under it, and docs/matrix.md."""

import datetime
import platform
import subprocess

import doors


def cells(outcomes):
    """Header and lines: releases down, variant × way across."""
    columns = list(dict.fromkeys((outcome.row.variant, outcome.row.way) for outcome in outcomes))
    releases = list(dict.fromkeys(outcome.row.release for outcome in outcomes))
    by_place = {(outcome.row.release, outcome.row.variant, outcome.row.way): outcome for outcome in outcomes}
    lines = []
    for release in releases:
        line = [release]
        for column in columns:
            outcome = by_place.get((release, *column))
            line.append("" if outcome is None else cell(outcome))
        lines.append(line)
    return ["Go", *(f"{variant} {way}" for variant, way in columns)], lines


def cell(outcome):
    return f"FAIL {len(outcome.reasons)}" if outcome.state == "FAIL" else outcome.state


def as_text(outcomes):
    """Two header lines keep twelve columns on a screen."""
    header, lines = cells(outcomes)
    top = [title.split(" ")[0] if index else "" for index, title in enumerate(header)]
    bottom = [title.split(" ")[-1] for title in header]
    table = [top, bottom, *lines]
    widths = [max(len(line[index]) for line in table) for index in range(len(header))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in table)


def as_markdown(outcomes):
    header, lines = cells(outcomes)
    table = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)


def failures(outcomes, limit):
    """The reasons of each failing row, the first `limit` of them."""
    lines = []
    for outcome in outcomes:
        if outcome.state != "FAIL":
            continue
        lines.append(f"FAIL {outcome.row.name} ({' '.join(outcome.row.words)})")
        lines += [f"     {reason}" for reason in outcome.reasons[:limit]]
        if len(outcome.reasons) > limit:
            lines.append(f"     … and {len(outcome.reasons) - limit} more")
    return lines


def skips(outcomes):
    """Rows that did not run, joined by reason."""
    by_reason = {}
    for outcome in outcomes:
        if outcome.skip:
            by_reason.setdefault((outcome.skip_kind, outcome.skip), []).append(outcome.row.name)
    return [f"SKIPPED {len(names)} ({kind}): {reason}: {', '.join(names)}" for (kind, reason), names in by_reason.items()]


def closing_line(outcomes):
    states = [outcome.state for outcome in outcomes]
    return f"{states.count('ok')} passed, {states.count('FAIL')} failed, {states.count('skip')} skipped"


def first_line_of(command):
    try:
        result = subprocess.run(command, text=True, capture_output=True, timeout=30, check=True, cwd=doors.ROOT)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout.strip().split("\n")[0]


def revision():
    name = first_line_of(["git", "rev-parse", "--short=12", "HEAD"]) or "unknown"
    changed = first_line_of(["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"])
    return name + (" with local changes" if changed else "")


def tools():
    lldb, gdb = doors.lldb_command(), doors.gdb_command()
    names = [f"Linux {platform.release().split('-')[0]}", platform.machine()]
    names.append((lldb and first_line_of([lldb, "--version"])) or "no lldb")
    names.append((gdb and first_line_of([gdb, "--version"])) or "no gdb")
    return ", ".join(names)


def document(outcomes, seconds):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        "# The oracle matrix",
        f"{date}, revision {revision()}, {seconds:.0f} s. {tools()}.",
        "Written by `tests/cores/oracle_matrix.py --write docs/matrix.md`. Each cell is one run of `fixtures/programs/oracle`: "
        "memmap looks at its stop, then the program reads its own figures. `ok` means that 20 MemStats fields, NextGC and every "
        "`/memory/classes` metric are equal to the byte, that every figure also found from structures has the remainder 0, and "
        "that the map's sums close: on plain programs nothing is unknown, on PIE and cgo programs an equation's remainder is "
        "exactly the unknown bytes.",
        as_markdown(outcomes),
        f"{closing_line(outcomes)}.",
    ]
    for title, lines in (("Failed", failures(outcomes, 10)), ("Skipped", skips(outcomes))):
        if lines:
            parts += [f"## {title}", "```text\n" + "\n".join(lines) + "\n```"]
    return "\n\n".join(parts) + "\n"
