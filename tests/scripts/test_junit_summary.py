#!/usr/bin/env python3
"""What ctest records of a test that could not run is a failure; only a test's own skip is a skip."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts/junit_summary.py"


def case(status, inside="", output=""):
    return f'<testcase name="it" status="{status}">{inside}<system-out>{output}</system-out></testcase>'


def not_run(message, output):
    return case("notrun", f'<skipped message="{message}"/>', output)


def run(text):
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
        file.write(text)
        file.flush()
        return subprocess.run([sys.executable, SUMMARY, file.name], capture_output=True, text=True, check=False)


class Summary(unittest.TestCase):
    def expect(self, cases, counts, *notes):
        done = run(f"<testsuite>{cases}</testsuite>")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.strip().splitlines()
        self.assertEqual(lines, [f"counts\t{counts}", *(f"note\t{note}" for note in notes)])

    def test_run(self):
        self.expect(case("run") + case("run"), "2 0 0")

    def test_failed(self):
        self.expect(case("fail", '<failure message=""/>'), "0 1 0", "FAILED: it")

    def test_skipped_by_its_own_word(self):
        self.expect(not_run("SKIP_RETURN_CODE=77", "looking\nSKIPPED: no LLDB 22\n"), "0 0 1", "SKIPPED: it: no LLDB 22")

    def test_no_program(self):
        self.expect(not_run("Unable to find executable", "Unable to find executable: /x"), "0 1 0",
                    "FAILED: it did not run: Unable to find executable: /x")

    def test_missing_file(self):
        self.expect(not_run("Required Files Missing", "Unable to find required file: /x"), "0 1 0",
                    "FAILED: it did not run: Unable to find required file: /x")

    def test_failed_fixture(self):
        self.expect(not_run("Fixture dependency failed", "Failed test dependencies: a"), "0 1 0",
                    "FAILED: it did not run: Failed test dependencies: a")

    def test_disabled(self):
        self.expect(case("disabled", "", "Disabled"), "0 1 0", "FAILED: it")

    def test_no_word_at_all(self):
        self.expect('<testcase name="it" status="notrun"><skipped/></testcase>', "0 1 0",
                    "FAILED: it did not run: no reason given")

    def test_no_status(self):
        self.expect('<testcase name="it"/>', "0 1 0", "FAILED: it")

    def test_damaged_record(self):
        for text in ("", "<testsuite><testcase name=", "not XML"):
            self.assertNotEqual(run(text).returncode, 0, text)


if __name__ == "__main__":
    unittest.main()
