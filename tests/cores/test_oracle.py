#!/usr/bin/env python3
"""An oracle that does not do its part is an OracleError, which costs its row and not the matrix."""

import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from oracle import Oracle, OracleError  # noqa: E402


class Figures(unittest.TestCase):
    def figures_of(self, command):
        with tempfile.TemporaryDirectory() as folder, Oracle("/bin/sh", ["-c", command], False, folder) as oracle:
            return oracle.figures()

    def expect(self, command, text):
        with self.assertRaises(OracleError) as raised:
            self.figures_of(command)
        self.assertIn(text, str(raised.exception))

    def test_json(self):
        self.assertEqual(self.figures_of("""echo '{"memstats": {}}'"""), {"memstats": {}})

    def test_not_json(self):
        self.expect("echo 'panic: no figures'", "the oracle's figures are not JSON")

    def test_cut_off(self):
        self.expect("""echo '{"memstats": {"Alloc": 1'""", "'{\"memstats\": {\"Alloc\": 1'")

    def test_not_text(self):
        self.expect(r"printf '\377\n'", "the oracle's figures are not JSON")

    def test_nothing(self):
        self.expect("echo sorry >&2; exit 3", "the oracle ended early, exit 3: sorry")


if __name__ == "__main__":
    unittest.main()
