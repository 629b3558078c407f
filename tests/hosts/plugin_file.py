#!/usr/bin/env python3
"""build/memmap.so as a file: it needs no liblldb, exports two functions, and uses only what every LLDB has."""

import glob
import subprocess
import sys

import hosts


def output(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def names(*arguments):
    return {line.split()[-1].split("@")[0] for line in output("nm", "--dynamic", *arguments).splitlines()}


def libraries():
    """The liblldb of each LLDB that is here."""
    patterns = ("/usr/lib/llvm-*/lib/liblldb.so.1", "/usr/lib/llvm-*/lib/liblldb-[0-9]*.so.1",
                f"{hosts.BUILD}/lldb/root-*/usr/lib/llvm-*/lib/liblldb.so.1")
    return sorted({path for pattern in patterns for path in glob.glob(pattern)})


def test(_):
    needed = [line.split("[")[1].rstrip("]") for line in output("readelf", "-d", hosts.PLUGIN).splitlines()
              if "(NEEDED)" in line]
    hosts.check(not any("lldb" in name or "LLVM" in name for name in needed), f"linked against a debugger: {needed}")
    exported = names("--defined-only", hosts.PLUGIN)
    hosts.check(exported == {"_ZN4lldb16PluginInitializeENS_10SBDebuggerE", "memmap_lend_1"}, f"exports {sorted(exported)[:5]}")
    used = {name for name in names("--undefined-only", hosts.PLUGIN) if name.startswith(("_ZN4lldb", "_ZNK4lldb"))}
    hosts.check(len(used) > 20, f"uses only {len(used)} names of LLDB")
    found = libraries()
    if not found:
        hosts.lack("no liblldb is here")
    for library in found:
        missing = used - names("--defined-only", library)
        hosts.check(not missing, f"{library} lacks {sorted(missing)}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
