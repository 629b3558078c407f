#!/usr/bin/env python3
"""Builds the fixture programs: program × Go release × variant, as fixtures/fixtures.toml says.

    build_fixtures.py                                  everything in the table
    build_fixtures.py memdemo --release 1.11           one program with one release
    build_fixtures.py oracle --release 1.27 --variant plain --variant pie

A program goes to build/fixtures/PROGRAM-RELEASE-VARIANT and is built again only when its source, the flags or the
release change. A release that cannot be had is reported and is not a failure; a program that does not build is.
"""

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import mmap
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import go_toolchain

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "fixtures" / "programs"
OUTPUT = ROOT / "build" / "fixtures"
PARALLEL = 2
BUILD_TIMEOUT = 600  # seconds


@dataclasses.dataclass(frozen=True)
class Fixture:
    program: str
    release: str
    variant: str

    @property
    def name(self):
        return f"{self.program}-{self.release}-{self.variant}"

    @property
    def path(self):
        return OUTPUT / self.name


def load_table():
    with open(ROOT / "fixtures" / "fixtures.toml", "rb") as file:
        return tomllib.load(file)


def full_release(table, text):
    """'1.27' or '1.27.4' -> '1.27.4'; a release outside the table is taken as it is written."""
    known = [release for release in table["releases"] if text in (release, release.rpartition(".")[0])]
    return known[0] if known else text


def releases_of(table, program):
    said = table["programs"][program]["releases"]
    if said == "all":
        return table["releases"]
    return table["releases"][-1:] if said == "newest" else said


def selected(table, programs, releases, variants):
    """The fixtures asked for; what is not said comes from the table."""
    result = []
    for program in programs or table["programs"]:
        row = table["programs"][program]
        for release in releases or releases_of(table, program):
            for variant in variants or row["variants"]:
                result.append(Fixture(program, full_release(table, release), variant))
    return result


def fingerprint(fixture, variant):
    """Changes whenever the program would come out differently."""
    digest = hashlib.sha256(f"1 {fixture.release} {json.dumps(variant, sort_keys=True)}".encode())
    for path in sorted((PROGRAMS / fixture.program).iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def built_by(path):
    """The release whose runtime is in a program."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        match = re.search(rb"go(1\.\d+(?:\.\d+)?(?:rc\d+|beta\d+)?)", content)
        return match.group(1).decode() if match else None


def build(table, fixture):
    """'cached' or 'built'; raises Unavailable or RuntimeError."""
    variant = table["variants"][fixture.variant]
    stamp = fixture.path.with_name("." + fixture.name)
    wanted = fingerprint(fixture, variant)
    if fixture.path.exists() and stamp.exists() and stamp.read_text() == wanted:
        return "cached"
    env = dict(go_toolchain.obtain(fixture.release), CGO_ENABLED="1" if variant["cgo"] else "0")
    if "experiment" in variant:
        env["GOEXPERIMENT"] = variant["experiment"]
    part = fixture.path.with_name(f".{fixture.name}.{os.getpid()}")
    flags = list(variant["flags"])
    if go_toolchain.version_tuple(fixture.release) >= (1, 18):
        flags.append("-buildvcs=false")
    result = subprocess.run([go_toolchain.base(), "build", *flags, "-o", str(part), "."], env=env, text=True,
                            cwd=PROGRAMS / fixture.program, timeout=BUILD_TIMEOUT, capture_output=True,
                            check=False, stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip() or "go build says nothing")
    found = built_by(part)
    if found != fixture.release:
        part.unlink()
        raise RuntimeError(f"built by Go {found}, not {fixture.release}")
    stamp.unlink(missing_ok=True)
    part.replace(fixture.path)
    stamp.write_text(wanted)
    return "built"


def attempt(table, fixture):
    """(fixture, state, message): state is cached, built, unavailable or failed."""
    try:
        return fixture, build(table, fixture), ""
    except go_toolchain.Unavailable as error:
        return fixture, "unavailable", str(error)
    except (RuntimeError, OSError, subprocess.SubprocessError) as error:
        return fixture, "failed", str(error)


def build_all(table, fixtures, report=lambda fixture, state, message: None):
    """Builds two at a time; gives {fixture: (state, message)}."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    results = {}
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for future in [pool.submit(attempt, table, fixture) for fixture in fixtures]:
            fixture, state, message = future.result()
            results[fixture] = (state, message)
            report(fixture, state, message)
    return results


def report_line(fixture, state, message):
    if state != "cached":
        print(f"{fixture.name}: {state}{': ' + message if message else ''}", flush=True)


def main():
    table = load_table()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="*", help="default: all of the table")
    parser.add_argument("--release", action="append", metavar="1.27|1.27.4")
    parser.add_argument("--variant", action="append", choices=table["variants"])
    arguments = parser.parse_args()
    unknown = [program for program in arguments.program if program not in table["programs"]]
    if unknown:
        parser.error(f"no such program: {', '.join(unknown)}; there are {', '.join(table['programs'])}")
    fixtures = selected(table, arguments.program, arguments.release, arguments.variant)
    results = build_all(table, fixtures, report_line)
    states = [state for state, _ in results.values()]
    counts = [f"{states.count(state)} {state}" for state in ("built", "cached", "unavailable", "failed")]
    print(f"{len(states)} fixtures: {', '.join(counts)}")
    return 1 if "failed" in states else 0


if __name__ == "__main__":
    sys.exit(main())
