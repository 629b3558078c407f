#!/usr/bin/env python3
"""The commands inside one LLDB: help, failures, abbreviations, and a process from its launch to its end.  commands.py LLDB"""

import sys

import hosts


def beginnings_stay(version, made):
    """Whatever a beginning of `memmap` meant with the user's own commands, it means with the plugin."""
    made = [word for command in made for word in ("-o", command)]
    asked = [hosts.call("note_beginnings"), hosts.call("compare_beginnings")]
    hosts.run_lldb(version, [asked[1]], [*made, "-o", f"command script import {hosts.HERE / 'in_lldb.py'}", "-o", asked[0]])


def abbreviations(version):
    hosts.run_lldb(version, [hosts.call("short_for", "m=memory", "me=memory", "mem=memory", "memm=memmap", "memma=memmap")])
    for made in ([], ["command alias mem version"], ["command alias memm version"], ["command alias meaning version"],
                 ["command alias mem memory read %1"], ["command regex memx 's/a/version/'"],
                 ["command script add -f in_lldb.own mem"]):
        beginnings_stay(version, made)
    later = ["command alias mem version", hosts.call("short_for", "mem=version", "me=memory")]
    hosts.run_lldb(version, later)
    hosts.run_lldb(version, [f"plugin load {hosts.PLUGIN}", hosts.call("short_for", "mem=memory")])
    shorts = ["m", "me", "mem"]
    launch = [f"target create {hosts.program('memdemo')}", "process launch --stop-at-entry"]
    text = hosts.run_lldb(version, [*launch, *(f"{short} region 0" for short in shorts)])
    hosts.check(text.count("\n[0x0000000000000000-") == len(shorts), f"m, me, mem region: {text[-1500:]}")


def test(version, _):
    abbreviations(version)
    hosts.run_lldb(version, [hosts.call("without_target")])
    hosts.run_lldb(version, [f"target create {hosts.program('memdemo')}", hosts.call("launched")])


if __name__ == "__main__":
    sys.exit(hosts.main(test))
