#!/usr/bin/env python3
"""The debug console of editors: memmap's commands and package through lldb-dap.  dap.py LLDB"""

import json
import pathlib
import subprocess
import sys

from targets import hosts

PROGRAMS = ("lldb-dap", "lldb-vscode")


class Adapter:
    """The few requests of the Debug Adapter Protocol that it takes. Use as a context."""

    def __init__(self, program, env):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=env)
        self.sequence = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def receive(self):
        size = 0
        while (line := self.process.stdout.readline()) != b"\r\n":
            if not line:
                raise hosts.Failed("the adapter ended")
            name, _, value = line.partition(b":")
            size = int(value) if name == b"Content-Length" else size
        return json.loads(self.process.stdout.read(size))

    def request(self, command, **arguments):
        self.sequence += 1
        body = json.dumps({"seq": self.sequence, "type": "request", "command": command, "arguments": arguments}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        return self.sequence

    def answer(self, sequence):
        while True:
            message = self.receive()
            if message["type"] == "response" and message["request_seq"] == sequence:
                return message.get("body") or message

    def console(self, command):
        return self.answer(self.request("evaluate", expression=f"`{command}", context="repl")).get("result", "")


def adapter_of(version):
    launcher = hosts.launcher(version).read_text().splitlines()[-1]
    folder = pathlib.Path(launcher.split("'")[1]).parent
    return next((folder / name for name in PROGRAMS if (folder / name).exists()), None)


def test(version, folder):
    program = adapter_of(version)
    if program is None:
        hosts.lack(f"LLDB {version} has no debug adapter")
    core, executable = hosts.kernel_core(folder)
    env = hosts.environment_of(version)
    with Adapter(str(program), env) as adapter:
        adapter.answer(adapter.request("initialize", adapterID="lldb", pathFormat="path"))
        attached = adapter.request("attach", program=str(executable), coreFile=str(core),
                                   initCommands=[f"plugin load {hosts.PLUGIN}"])
        adapter.request("configurationDone")
        adapter.answer(attached)
        printed = adapter.console("memmap summary")
        expected = hosts.run_memmap("summary", "--core", core, "--exe", executable).decode()
        hosts.check(expected.strip() in printed, f"the console shows {printed[-1000:]!r}")
        rows = adapter.console("script import memmap; print(len(memmap.current()))")
        hosts.check(rows.strip().splitlines()[-1].isdigit(), f"the package in the console: {rows!r}")


if __name__ == "__main__":
    sys.exit(hosts.main(test))
