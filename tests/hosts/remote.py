#!/usr/bin/env python3
"""A process that this machine's /proc does not show under its pid, as on another machine: an lldb-server in a pid
namespace of its own. The counters read through LLDB must be those read without it.  remote.py LLDB"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import hosts

ISOLATED = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def descendants(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in descendants(int(child)))]


def running(program, server):
    """The pid, on this side, of the program that the server started."""
    for pid in descendants(server):
        try:
            if os.path.samefile(f"/proc/{pid}/exe", program):
                return pid
        except OSError:
            continue
    raise hosts.Failed("the server's program is not to be found")


def wait_for(path, process):
    for _ in range(600):
        if path.exists() or process.poll() is not None:
            return
        time.sleep(0.1)


def counters(text):
    document = json.loads(text)
    return {row["field"]: row["counter"] for row in document["memstats"]}, document


def look(version, program, folder, server, port):
    lldb = [hosts.launcher(version), "--no-lldbinit", "--batch", "-o", f"plugin load {hosts.PLUGIN}", "-o",
            f"command script import {hosts.HERE / 'in_lldb.py'}", "-o",
            f"target create {program}", "-o", hosts.call("remote_report", folder, f"127.0.0.1:{port}")]
    with subprocess.Popen(list(map(str, lldb)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as debugger:
        wait_for(folder / "stopped", debugger)
        here = None
        if (folder / "stopped").exists():
            pid = running(program, server.pid)
            here = hosts.run_memmap("reconcile", "-p", pid, "--format", "json").decode()
        (folder / "go").touch()
        out, _ = debugger.communicate(timeout=60)
    hosts.check(here is not None, out[-2000:])
    return here


def test(version, folder):
    if subprocess.run([*ISOLATED, "true"], capture_output=True, check=False).returncode != 0:
        raise hosts.Skipped("no right to make a pid namespace")
    program, port = hosts.program("memdemo"), free_port()
    env = hosts.environment_of(version)
    command = [*ISOLATED, env["LLDB_DEBUGSERVER_PATH"], "gdbserver", f"127.0.0.1:{port}", "--", str(program)]
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            time.sleep(0.5)
            here = look(version, program, folder, server, port)
        finally:
            server.kill()
    remote, document = counters((folder / "remote.json").read_text(encoding="utf-8"))
    hosts.check(remote["Sys"] is not None, f"nothing was counted: {document['findings']}")
    hosts.check(remote == counters(here)[0], f"counters differ: {remote} / {counters(here)[0]}")
    codes = [finding["code"] for finding in document["findings"]]
    hosts.check("mappings_hidden" in codes and not document["complete"], f"no word of what is hidden: {codes}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
