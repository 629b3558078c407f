#!/usr/bin/env python3
"""The commands inside gdb: the same bytes as without a debugger, help, completion, functions.  in_gdb.py core|live|remote"""

import subprocess
import sys
import time

from targets import hosts

import remote

VERBS = ("annotate", "reconcile", "summary", "explain")
WORDS = {"explain": "explain &runtime.mheap_+8"}  # not gdb's own, which would be 8 mheaps behind it
FORMATS = ("text", "json")
QUIET = [*hosts.doors.GDB_QUIET, "-iex", "set width 0", "-iex", "set confirm off"]


def words(commands, opening=()):
    gdb = hosts.doors.gdb_command() or hosts.lack("no gdb")
    result = [gdb, *QUIET, *map(str, opening), "-ex", f"source {hosts.doors.GDB_FRONT_END}"]
    for command in commands:
        result += ["-ex", command]
    return result


def run_gdb(commands, opening=()):
    code, out, err = hosts.doors.run(words(commands, opening), hosts.BUILD, 120)
    hosts.check("Traceback" not in err, err[-2000:])
    return code, out, err


def printed(folder, name):
    """gdb's pipe hands on what a command prints."""
    return [f"pipe memmap {WORDS.get(verb, verb)} --format {form} | cat > {folder}/{name}-{verb}.{form}"
            for verb in VERBS for form in FORMATS]


def compare(folder, one, other):
    for verb in VERBS:
        for form in FORMATS:
            left, right = ((folder / f"{name}-{verb}.{form}").read_bytes() for name in (one, other))
            hosts.check(left and left == right, f"{verb} as {form}: {one} and {other} differ")


def without_target():
    code, out, err = run_gdb(["memmap kinds", "help memmap annotate", "complete memmap an", "complete memmap annotate --ki",
                              "complete memmap annotate --format js", "memmap annotate"])
    for expected in ("heap_arena", "Syntax: memmap annotate", "memmap annotate --kind", "memmap annotate --format jsonl"):
        hosts.check(expected in out, f"{expected!r} is not in {out[-1500:]}")
    hosts.check(code == 1 and "core-file CORE" in err, f"annotate without a target: {code} {err}")
    _, out, err = run_gdb(["memmap kinds --frmat json", "memmap anotate", "memmap", "memmap trace run -- true"])
    for expected in ("--format", "did you mean annotate?", "memmap does not trace in Python or gdb"):
        hosts.check(expected in err, f"{expected!r} is not in {err[-1500:]}")
    hosts.check("Syntax: memmap VERB" in out, f"without a verb: {out}")


def without_unicode():
    """What the terminal's character set does not have must not keep memmap from printing."""
    _, out, err = run_gdb(["memmap kinds", "memmap help"], ["-iex", "set host-charset ASCII"])
    hosts.check("heap_arena" in out and "Exit codes: 0 done ?" in out, f"in ASCII: {out[-500:]} {err[-500:]}")


def functions(path, program):
    _, out, err = run_gdb(["print $memmap_kind(&'runtime.mheap_')", 'print $memmap_counter("other_sys")',
                           'print $memmap_counter("Sys")', "print $memmap_kind(4096)",
                           'printf "fraction %d\\n", $memmap_counter("GCCPUFraction") < 1'], [program, path])
    hosts.check('"bss"' in out and "0x1000 is not mapped" in err, f"{out[-500:]} {err[-500:]}")
    hosts.check("fraction 1" in out, f"the counter that is no whole number: {out[-500:]} {err[-500:]}")
    wrong = ['print $memmap_kind("x")', "print $memmap_kind()", "print $memmap_counter(3)", "print $memmap_counter()"]
    _, _, err = run_gdb(wrong, [program, path])
    hosts.check("Python Exception" not in err and err.count("$memmap_kind takes an address") == 2 and
                err.count("$memmap_counter takes the name") == 2, f"wrong words: {err[-700:]}")
    _, _, err = run_gdb(["starti", 'print $memmap_counter("Sys")', "kill"], ["/bin/sleep"])
    hosts.check("Sys cannot be read" in err, f"a counter of a program without Go: {err[-500:]}")


def addresses(path, program):
    """Without a verb, by other words, and where nothing is."""
    _, out, err = run_gdb(["memmap $sp", "memmap what $sp", "memmap 0x1000", "memmap nonsense.thing"], [program, path])
    answers = [line for line in out.splitlines() if line.startswith("0x")]
    hosts.check(len(answers) == 3 and answers[0] == answers[1] and answers[2] == "0x1000 is not mapped", f"{answers} {err}")
    hosts.check("'nonsense.thing' is no address" in err, err)


def core(folder):
    without_target()
    without_unicode()
    path, program = hosts.kernel_core(folder)
    run_gdb(printed(folder, "gdb"), [program, path])
    for verb in VERBS:
        for form in FORMATS:
            alone = hosts.run_memmap(*WORDS.get(verb, verb).split(), "--core", path, "--exe", program, "--format", form)
            (folder / f"command-{verb}.{form}").write_bytes(alone)
    compare(folder, "command", "gdb")
    functions(path, program)
    addresses(path, program)


def live(folder):
    """Here, then beside this debugger, which holds the process."""
    with hosts.oracle.Oracle(hosts.program("oracle"), [], False, folder) as process:
        process.wait_for_stop()
        hosts.run_memmap("reconcile", "-p", process.pid)  # reading maps pages of the program's file
        words = {verb: WORDS.get(verb, verb).replace("&", "") for verb in VERBS}  # a shell would take & for its own
        beside = [f"shell {hosts.MEMMAP} {words[verb]} -p {process.pid} --format {form} > {folder}/beside-{verb}.{form}"
                  for verb in VERBS for form in FORMATS]
        run_gdb([*printed(folder, "gdb"), *beside], ["-p", process.pid])
        process.let_go()
        hosts.check(process.figures()["memstats"], "the process did not go on after gdb had left")
    compare(folder, "beside", "gdb")


def look_remotely(program, folder, server, port):
    """Counters through gdbserver, and of the same stop without it."""
    commands = [f"target remote 127.0.0.1:{port}", "break fmt.Fprintln", "continue",
                f"memmap reconcile --format json -o {folder}/remote.json",
                f"shell touch {folder}/stopped; for i in $(seq 300); do [ -e {folder}/go ] && break; sleep 0.1; done", "kill"]
    with subprocess.Popen(words(commands, [program]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as debugger:
        remote.wait_for(folder / "stopped", debugger)
        here = None
        if (folder / "remote.json").exists():
            pid = remote.running(program, server.pid)
            here = hosts.run_memmap("reconcile", "-p", pid, "--format", "json").decode()
        (folder / "go").touch()
        out, _ = debugger.communicate(timeout=60)
    hosts.check(here is not None, out[-2000:])
    return here


def behind_gdbserver(folder):
    if subprocess.run([*remote.ISOLATED, "true"], capture_output=True, check=False).returncode != 0:
        raise hosts.Skipped("no right to make a pid namespace")
    program, port = hosts.program("memdemo"), remote.free_port()
    command = [*remote.ISOLATED, "gdbserver", f"127.0.0.1:{port}", str(program)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            time.sleep(0.5)
            here = look_remotely(program, folder, server, port)
        finally:
            server.kill()
    there, document = remote.counters((folder / "remote.json").read_text(encoding="utf-8"))
    hosts.check(there["Sys"] is not None, f"nothing was counted: {document['findings']}")
    hosts.check(there == remote.counters(here)[0], f"counters differ: {there} / {remote.counters(here)[0]}")
    hosts.check(all(row["residual"] in (0, None) for row in document["memstats"]), "remainders behind gdbserver")


def test(kind, folder):
    {"core": core, "live": live, "remote": behind_gdbserver}[kind](folder)


if __name__ == "__main__":
    sys.exit(hosts.main(test))
