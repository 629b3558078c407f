#!/usr/bin/env python3
"""The comparisons of the oracle matrix can pass, and each can fail."""

import copy
import json
import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import compare  # noqa: E402
import doors  # noqa: E402

CLASS = "/memory/classes/heap/free:bytes"
FIGURES = {"release": "go1.27.4", "memstats": dict.fromkeys(compare.EQUAL, 7), "classes": {CLASS: 5}}


def good_reconcile():
    memstats = [{"field": field, "counter": 7, "found": 7 if field in compare.FOUND else None,
                 "residual": 0 if field in compare.FOUND else None} for field in compare.EQUAL]
    return {"complete": True, "findings": [], "target": {"go_version": "go1.27.4"}, "memstats": memstats,
            "classes": [{"name": CLASS, "counter": 5, "found": 5, "residual": 0}],
            "equations": [{"name": name, "total": 4096, "residual": 0} for name in compare.EQUATIONS]}


def good_annotate():
    mapping = {"begin": "0x1000", "end": "0x2000", "size": 4096, "self": 0, "depth": 0, "kind": "mapping",
               "perm": "rw-p", "file": None, "resident": 0}
    return {"complete": True, "findings": [], "rows": [mapping, dict(mapping, self=4096, depth=1, kind="heap_span")]}


def reasons(reconcile, annotate, plain=True, figures=FIGURES):
    return compare.everything(look(reconcile, annotate), figures, plain)


def look(reconcile, annotate):
    return doors.Look("door", {"reconcile": json.dumps(reconcile), "annotate": json.dumps(annotate)})


class Comparison(unittest.TestCase):
    def setUp(self):
        self.reconcile, self.annotate = good_reconcile(), good_annotate()

    def expect_reason(self, text, plain=True):
        found = reasons(self.reconcile, self.annotate, plain)
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def make_unknown(self, perm, bytes_unknown):
        mapping, span = self.annotate["rows"]
        mapping["perm"] = span["perm"] = perm
        span["self"] = 4096 - bytes_unknown
        self.annotate["rows"].append(dict(span, self=bytes_unknown, kind="unknown"))

    def test_all_equal(self):
        self.assertEqual(reasons(self.reconcile, self.annotate), [])

    def test_wrong_counter(self):
        self.reconcile["memstats"][2]["counter"] = 8
        self.expect_reason("Sys: memmap 8, program 7 (+1)")

    def test_missing_class(self):
        self.reconcile["classes"] = []
        self.expect_reason(f"{CLASS}: memmap null, program 5")

    def test_residual(self):
        self.reconcile["memstats"][9]["residual"] = -4096
        self.expect_reason("HeapReleased: residual -4,096")

    def test_not_found(self):
        self.reconcile["memstats"][9].update(found=None, residual=None)
        self.expect_reason("HeapReleased: not found")

    def test_partial(self):
        self.annotate.update(complete=False, findings=[{"message": "no types"}])
        self.expect_reason("annotate is partial: no types")

    def test_a_byte_twice(self):
        self.annotate["rows"][1]["self"] = 4097
        self.expect_reason("sum of self 4,097, mapped 4,096 (+1)")

    def test_unknown_on_plain(self):
        self.make_unknown("rw-p", 16)
        self.expect_reason("unknown: 0x1000-0x2000, 16 bytes")

    def test_unknown_is_the_residual_elsewhere(self):
        self.make_unknown("rw-p", 16)
        self.reconcile["equations"][0]["residual"] = self.reconcile["equations"][1]["residual"] = 16
        self.assertEqual(reasons(self.reconcile, self.annotate, plain=False), [])

    def test_inaccessible_is_not_anonymous(self):
        self.make_unknown("---p", 16)
        self.reconcile["equations"][0]["residual"] = 16
        self.assertEqual(reasons(self.reconcile, self.annotate, plain=False), [])

    def test_unexplained_residual_elsewhere(self):
        self.reconcile["equations"][0]["residual"] = 16
        self.expect_reason("equation VIRT: residual 16, unknown bytes 0", plain=False)

    def test_missing_equation(self):
        del self.reconcile["equations"][1]
        self.expect_reason("equation anonymous is missing")

    def test_unknown_resident_total(self):
        self.reconcile["equations"][3].update(total=None, residual=None)
        self.assertEqual(reasons(self.reconcile, self.annotate), [])

    def test_wrong_release(self):
        self.reconcile["target"]["go_version"] = "go1.27.3"
        self.expect_reason("go_version")


class Doors(unittest.TestCase):
    def test_same_bytes(self):
        one = look(good_reconcile(), good_annotate())
        other = copy.deepcopy(one)
        self.assertEqual(compare.same_bytes(one, other, live=False), [])
        self.assertEqual(compare.same_counts(one, other), [])

    def test_residency_may_differ_live_only(self):
        one, annotate = look(good_reconcile(), good_annotate()), good_annotate()
        annotate["rows"][0]["resident"] = 4096
        other = look(good_reconcile(), annotate)
        self.assertEqual(compare.same_bytes(one, other, live=True), [])
        self.assertEqual(len(compare.same_bytes(one, other, live=False)), 1)

    def test_counts_that_differ(self):
        reconcile = good_reconcile()
        reconcile["memstats"][2]["found"] = 9
        found = compare.same_counts(look(good_reconcile(), good_annotate()), look(reconcile, good_annotate()))
        self.assertEqual(len(found), 1)
        self.assertIn("Sys found: door 7, door 9 (+2)", found[0])


if __name__ == "__main__":
    unittest.main()
