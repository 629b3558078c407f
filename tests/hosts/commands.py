#!/usr/bin/env python3
"""The commands inside one LLDB: help, failures, and a process from its launch to its end.  commands.py LLDB"""

import sys

import hosts


def test(version, _):
    hosts.run_lldb(version, [hosts.call("without_target")])
    hosts.run_lldb(version, [f"target create {hosts.program('memdemo')}", hosts.call("launched")])


if __name__ == "__main__":
    sys.exit(hosts.main(test))
