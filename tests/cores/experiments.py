#!/usr/bin/env python3
"""Every GOEXPERIMENT that a Go release knows: built, run, and proved against the program's own figures.

    experiments.py                                     every release from 1.17 on
    experiments.py --newest 2                          the newest two, as the test runs it
    experiments.py --release 1.27 --only greenteagc    some
    experiments.py --write docs/experiments.md         with the table

An experiment that is on by default is turned off. A row is as one of the oracle matrix, live and plain. What does not
build is no failure, and the toolchain's own words say why. Exit 1 if a row failed.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts")]

import build_fixtures  # noqa: E402
import compare  # noqa: E402
import doors  # noqa: E402
import go_toolchain  # noqa: E402
import oracle_matrix  # noqa: E402
import rows as matrix_rows  # noqa: E402
import table as report  # noqa: E402
from oracle import Oracle, OracleError  # noqa: E402

OLDEST = (1, 17)  # the first with internal/goexperiment
PARALLEL = 2
NEEDS_CGO = ("boringcrypto",)


@dataclasses.dataclass
class Result:
    release: str
    experiment: str  # as GOEXPERIMENT takes it: "nogreenteagc"
    state: str = "ok"  # or "FAIL", "not built", "default"
    reasons: list = dataclasses.field(default_factory=list)


def go_says(release, words, **settings):
    env = dict(go_toolchain.obtain(release), **settings)
    return subprocess.run([go_toolchain.base(), *words], env=env, cwd=tempfile.gettempdir(), text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


def flags_of(release):
    """The names in the toolchain's own list."""
    root = go_says(release, ["env", "GOROOT"]).stdout.strip()
    source = (pathlib.Path(root) / "src/internal/goexperiment/flags.go").read_text(encoding="utf-8")
    body = source[source.index("type Flags struct"):]
    return [name.lower() for name in re.findall(r"^\t(\w+)\s+bool", body, re.MULTILINE)]


def deviation(release, flag):
    """What GOEXPERIMENT has to be for this flag to differ from the default; (None, why) where nothing does."""
    why = ""
    for word in (flag, "no" + flag):
        # "compile version go1.27.4 X:nogreenteagc": what is not the default.
        answer = go_says(release, ["tool", "compile", "-V"], GOEXPERIMENT=word)
        if answer.returncode != 0:
            why = go_toolchain.last_line(answer.stderr)
        elif word in answer.stdout.strip().partition("X:")[2].split(","):
            return word, ""
    return None, why or "the same as the default on linux/amd64"


def prepared(table, release, flag):
    word, why = deviation(release, flag)
    if word is None:
        return Result(release, flag, "default", [why]), None
    variant = f"x_{word}"
    table["variants"].setdefault(variant, {"cgo": flag in NEEDS_CGO, "flags": [], "experiment": word})
    return Result(release, word), build_fixtures.Fixture("oracle", release, variant)


def look(result, fixture, folder):
    """One stop of the oracle: its own figures after memmap's look."""
    row = matrix_rows.Row(result.release, "plain", "live", cold=False, procs=0, goal=False, doors=False, gdb=False)
    with Oracle(fixture.path, row.words, row.goal, folder) as oracle:
        oracle.wait_for_stop()
        seen = doors.look_at_process(oracle.pid, folder)
        oracle_matrix.check_stood_still(oracle, seen, folder)
        figures = oracle_matrix.figures_after_look(oracle)
    return compare.everything(seen, figures, not result.experiment.endswith(NEEDS_CGO))


def prove(result, fixture):
    for attempt in range(oracle_matrix.TRIES):
        folder = tempfile.mkdtemp(prefix="memmap-experiment-")
        try:
            result.reasons = look(result, fixture, folder)
            break
        except oracle_matrix.Moved as reason:
            result.reasons = [f"{reason}, {attempt + 1} times running"]
        except (OracleError, doors.LookError, OSError, subprocess.SubprocessError) as error:
            result.reasons = [str(error)]
            break
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            result.reasons = [f"memmap's JSON is not as interface §3 says: {type(error).__name__}: {error}"]
            break
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    result.state = "FAIL" if result.reasons else "ok"


def take(table, release, flag):
    result, fixture = prepared(table, release, flag)
    if fixture is not None:
        _, state, message = build_fixtures.attempt(table, fixture)
        if state in ("failed", "unavailable"):
            result.state, result.reasons = "not built", [message.strip().splitlines()[-1][:200]]
        else:
            prove(result, fixture)
    print(f"{result.state:9} {release} {result.experiment}", *result.reasons[:6], sep="\n    ", flush=True)
    return result


def as_markdown(results, releases):
    by_flag = {}
    for result in results:
        by_flag.setdefault(result.experiment.removeprefix("no"), {})[result.release] = result
    lines = ["| GOEXPERIMENT | " + " | ".join(releases) + " |", "|---" * (len(releases) + 1) + "|"]
    for flag in sorted(by_flag):
        cells = [by_flag[flag].get(release) for release in releases]
        lines.append(f"| `{flag}` | " + " | ".join(shown(cell) for cell in cells) + " |")
    return "\n".join(lines)


def shown(result):
    if result is None:
        return ""
    if result.state == "default":
        return "–"
    if result.state == "not built":
        return "not built"
    off = "off: " if result.experiment.startswith("no") else ""
    return off + result.state


def why_not(results):
    """Releases by experiment and reason, for what did not run."""
    by_reason = {}
    for result in results:
        if result.state in ("default", "not built"):
            by_reason.setdefault((result.experiment, result.reasons[0]), []).append(result.release)
    return [f"* `{word}` ({', '.join(releases)}): {reason}" for (word, reason), releases in sorted(by_reason.items())]


def document(results, releases):
    return "\n".join([
        "# Experiments of the toolchain", "",
        "Every GOEXPERIMENT that a release knows (`internal/goexperiment/flags.go`), away from its default on linux/amd64: the",
        "oracle is built with it, and each figure of `reconcile` compared with what the program itself says after the look, as",
        f"in [the matrix](matrix.md). Written by `tests/cores/experiments.py` at revision {report.revision()}.", "",
        "`ok`: every figure is the program's, every remainder 0, every byte explained. `off`: it is on by default, and was",
        "turned off. `–`: the setting changes nothing here. Empty: the release does not know it.", "",
        as_markdown(results, releases), "", "What is not built, or changes nothing, and why:", "", *why_not(results), ""])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", action="append", metavar="1.27|1.27.4")
    parser.add_argument("--newest", type=int, metavar="N")
    parser.add_argument("--only", action="append", metavar="FLAG")
    parser.add_argument("--write", metavar="FILE")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    table = build_fixtures.load_table()
    releases = [release for release in table["releases"] if go_toolchain.version_tuple(release) >= OLDEST]
    if arguments.release:
        releases = [build_fixtures.full_release(table, release) for release in arguments.release]
    if arguments.newest:
        releases = releases[-arguments.newest:]
    build_fixtures.OUTPUT.mkdir(parents=True, exist_ok=True)
    jobs = [(release, flag) for release in releases for flag in flags_of(release)
            if not arguments.only or flag in arguments.only]
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        results = list(pool.map(lambda job: take(table, *job), jobs))
    if arguments.write:
        pathlib.Path(arguments.write).write_text(document(results, releases), encoding="utf-8")
    states = [result.state for result in results]
    print(f"{states.count('ok')} passed, {states.count('FAIL')} failed, {states.count('not built')} not built, "
          f"{states.count('default')} as by default")
    return 1 if "FAIL" in states else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
