#!/usr/bin/env python3
"""The oracle matrix: Go release × variant × way of looking, each proved against the program's own figures.

    oracle_matrix.py                                              all rows, two at a time
    oracle_matrix.py --release 1.27 --variant plain --way live    some of them
    oracle_matrix.py --no-skips --write docs/matrix.md            as the full test runs it

A row starts fixtures/programs/oracle, waits for its stop, looks with memmap, lets the program go on, takes its figures
and compares. In a kernel_core row the figures come first, memmap looks at the stop live, the program takes its figures
again and aborts, and memmap looks again at the core. Exit 1 if a row failed (with --no-skips: or was
skipped for want of a Go release or a debugger).
"""

import argparse
import concurrent.futures
import itertools
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts")]

import build_fixtures  # noqa: E402
import compare  # noqa: E402
import doors  # noqa: E402
import machine  # noqa: E402
import rows as matrix_rows  # noqa: E402
import table as report  # noqa: E402
from oracle import Oracle, OracleError  # noqa: E402

PARALLEL = 2  # cores are up to 2 GB


class Moved(Exception):
    """The program did not stand still between the look and its figures, so the row says nothing about memmap."""


TRIES = 6


def check_stood_still(oracle, before, folder):
    """A look by a debugger takes a second or two, and then the program's scavenger may give bytes back."""
    differences = compare.same_counts(before, doors.look_at_process(oracle.pid, folder))
    if differences:
        raise Moved(f"the program's background work went on: {differences[0]}")


def figures_after_look(oracle):
    """What the program says after memmap looked. The flush inside ReadMemStats takes memory from the P that calls it; the
    scheduler may preempt the program between the look and that call and go on elsewhere. The program tells, and then
    the row says nothing about memmap: it is taken again."""
    oracle.let_go()
    figures = oracle.figures()
    oracle.wait()
    if figures["processors"]["stop"] != figures["processors"]["read"]:
        raise Moved("the program read its figures on another P")
    return figures


def run_live(row, program, folder):
    looks = []
    with Oracle(program, row.words, row.goal, folder) as oracle:
        oracle.wait_for_stop()
        before = doors.look_at_process(oracle.pid, folder)
        if row.way == "live_lldb":
            looks.append(doors.look_at_process_in_lldb(oracle.pid, folder))
        if row.gdb:
            looks.append(doors.look_at_process_in_gdb(oracle.pid, folder))
        if row.way == "live" or row.doors:
            looks.append(doors.look_at_process(oracle.pid, folder))
        check_stood_still(oracle, before, folder)
        figures = figures_after_look(oracle)
    plain = row.variant == "plain"
    reasons = compare.everything(looks[0], figures, plain)
    return reasons + (compare.same_bytes(looks[0], looks[1], live=True) if len(looks) == 2 else [])


def check_same_figures(oracle, figures):
    """What the program says of itself before and after the look, on whichever P."""
    again = oracle.figures()
    if any(again[part] != figures[part] for part in ("memstats", "classes")):
        raise Moved("the program's own figures changed while it stood")


def run_kernel_core(row, program, folder):
    with Oracle(program, row.words, row.goal, folder) as oracle:
        figures = oracle.figures()
        oracle.wait_for_stop()
        live = doors.look_at_process(oracle.pid, folder)
        oracle.let_go()
        check_same_figures(oracle, figures)
        core = oracle.core()
    plain = row.variant == "plain"
    after = doors.look_at_core(core, program, folder)
    reasons = compare.everything(live, figures, plain) + compare.everything(after, figures, plain)
    reasons += compare.same_counts(live, after)
    others = [doors.look_at_core_in_lldb] * row.doors + [doors.look_at_core_in_gdb] * row.gdb
    for look in others:
        try:
            reasons += compare.same_bytes(after, look(core, program, folder), live=False)
        except doors.LookError as error:
            reasons.append(str(error))
    return reasons


def run_gdb_core(row, program, folder):
    with Oracle(program, row.words, row.goal, folder) as oracle:
        oracle.wait_for_stop()
        before = doors.look_at_process(oracle.pid, folder)
        core = doors.make_gdb_core(oracle.pid, folder)
        check_stood_still(oracle, before, folder)
        figures = figures_after_look(oracle)
    return compare.everything(doors.look_at_core(core, program, folder), figures, row.variant == "plain")


RUNNERS = {"live": run_live, "live_lldb": run_live, "kernel_core": run_kernel_core, "gdb_core": run_gdb_core}


def why_skipped(row, state, message):
    """(kind, reason), or two empty strings."""
    right = machine.missing_right(row.way)
    if right:
        return "machine", right
    if state == "unavailable":
        return "release", message
    tool = machine.missing_tool(row.way == "live_lldb" or row.doors, row.way == "gdb_core" or row.gdb)
    return ("tool", tool) if tool else ("", "")


def take_row(row, program, folder):
    for attempt in itertools.count(1):
        try:
            return RUNNERS[row.way](row, program, folder)
        except Moved as reason:
            if attempt == TRIES:
                raise Moved(f"{reason}, {TRIES} times running") from None
            print(f"{row.release} {row.variant} {row.way}: once more: {reason}", flush=True)


def run_row(row, program, built, arguments):
    state, message = built
    kind, reason = why_skipped(row, state, message)
    if reason:
        return matrix_rows.Outcome(row, skip=reason, skip_kind=kind)
    if state == "failed":
        return matrix_rows.Outcome(row, [f"the oracle does not build: {message}"])
    folder = tempfile.mkdtemp(prefix="memmap-oracle-", dir=arguments.scratch)
    try:
        reasons = take_row(row, program, folder)
    except (OracleError, doors.LookError, Moved, OSError, subprocess.SubprocessError) as error:
        reasons = [str(error)]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reasons = [f"memmap's JSON is not as interface §3 says: {type(error).__name__}: {error}"]
    finally:
        if not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
    if arguments.keep and reasons:
        reasons.append(f"kept: {folder}")
    return matrix_rows.Outcome(row, reasons)


def run_rows(rows, fixtures, built, arguments):
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        futures = [pool.submit(run_row, row, fixtures[row].path, built[fixtures[row]], arguments) for row in rows]
        try:
            for row, future in zip(rows, futures):
                outcomes.append(future.result())
                if arguments.verbose:
                    print(f"{report.cell(outcomes[-1]):8} {row.name} ({' '.join(row.words)})", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return outcomes


def parse_arguments(table):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", action="append", metavar="1.27|1.27.4")
    parser.add_argument("--variant", action="append", choices=list(table["variants"]))
    parser.add_argument("--way", action="append", choices=table["ways"])
    parser.add_argument("--no-skips", action="store_true", help="a missing release or debugger is a failure")
    parser.add_argument("--write", metavar="FILE", help="write the table there, with date and revision")
    parser.add_argument("--reasons", type=int, default=10, metavar="N", help="reasons shown per failing row")
    parser.add_argument("--scratch", metavar="DIR", help="where cores are made (up to 2 GB each, two at a time)")
    parser.add_argument("--keep", action="store_true", help="leave the folder of each row, for looking closer")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line per row as it ends")
    return parser.parse_args()


def main():
    table = build_fixtures.load_table()
    arguments = parse_arguments(table)
    for needed in (doors.MEMMAP, doors.PLUGIN):
        if not needed.exists():
            print(f"build/{needed.name} is missing: run scripts/build first", file=sys.stderr)
            return 1
    begin = time.monotonic()
    releases = [build_fixtures.full_release(table, release) for release in arguments.release or table["releases"]]
    rows = matrix_rows.make_rows(table, releases, arguments.variant or list(table["variants"]),
                                 arguments.way or table["ways"])
    fixtures = {row: build_fixtures.Fixture("oracle", row.release, row.variant) for row in rows}
    built = build_fixtures.build_all(table, list(dict.fromkeys(fixtures.values())), build_fixtures.report_line)
    machine.allow_cores()
    outcomes = run_rows(rows, fixtures, built, arguments)
    print(report.as_text(outcomes))
    print("\n".join(["", *report.failures(outcomes, arguments.reasons), *report.skips(outcomes)]).rstrip())
    if arguments.write:
        pathlib.Path(arguments.write).write_text(report.document(outcomes, time.monotonic() - begin), encoding="utf-8")
    print(report.closing_line(outcomes))
    forbidden = [outcome for outcome in outcomes if outcome.skip_kind in ("release", "tool")]
    return 1 if any(outcome.reasons for outcome in outcomes) or (arguments.no_skips and forbidden) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
