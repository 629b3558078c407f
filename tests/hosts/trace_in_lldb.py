"""Runs inside LLDB's own Python: traces, and what they leave behind."""

import contextlib
import json
import pathlib
import subprocess
import threading
import time

import in_lldb
import lldb

SIGURG = 23


def process():
    return lldb.debugger.GetSelectedTarget().GetProcess()


def state():
    """What a trace must leave as it was."""
    target = lldb.debugger.GetSelectedTarget()
    return {"async": lldb.debugger.GetAsync(), "breakpoints": target.GetNumBreakpoints()}


def signal_handling():
    signals = process().GetUnixSignals()
    return [signals.GetShouldStop(SIGURG), signals.GetShouldNotify(SIGURG), signals.GetShouldSuppress(SIGURG)]


def leave(folder, name, **more):
    """What memmap says at this stop: NAME.json has its counters."""
    verbs = {"counters": "reconcile", "kinds": "summary", **more}
    documents = {part: json.loads(in_lldb.succeed(f"memmap {verb} --format json")) for part, verb in verbs.items()}
    in_lldb.save(folder, f"{name}.json", json.dumps(documents))


def traced(folder, words):
    """A trace that leaves its events, what it printed, what memmap says then, and the state of LLDB as it was."""
    before = state()
    handling = signal_handling() if process() else None
    printed = in_lldb.succeed(words)
    in_lldb.save(folder, "printed", printed)
    assert handling in (None, signal_handling()), f"the handling of SIGURG {handling} became {signal_handling()}"
    assert state() == before, f"{before} became {state()}"
    if process().GetState() == lldb.eStateStopped:
        assert signal_handling()[2] is False, "SIGURG would be kept from the program"
        in_lldb.save(folder, "threads", json.dumps([thread.GetThreadID() for thread in process()]))
        leave(folder, "end", map="annotate --births")


def run(folder, words, environment, *command):
    """A trace of a program, to its exit or to a function."""
    lldb.debugger.HandleCommand(f"settings set target.error-path {folder}/said")
    if environment:
        lldb.debugger.HandleCommand(f"settings set target.env-vars {environment}")
    traced(folder, f"memmap trace run {words} -o {folder}/events.jsonl -- {' '.join(command)}")
    lldb.debugger.SetAsync(False)
    if "--until" in words:
        kill()
    else:
        end_process(folder)


def go_on(folder, number):
    """A trace of the process to which LLDB is attached; then it is let go."""
    leave(folder, "begin")
    traced(folder, f"memmap trace continue --hits {number} -o {folder}/events.jsonl")
    in_lldb.fail("memmap trace run -- /bin/true", "is still there")
    for words in ("--by site", f"{folder}/events.jsonl --by site", f"--by site {folder}/events.jsonl"):
        assert "newBucket" in in_lldb.succeed(f"memmap trace report {words}")
    process().Detach()
    reported()


def reported():
    """The events of the last trace outlive its process."""
    printed = in_lldb.succeed("memmap trace report")
    assert "persistentalloc" in printed, printed


def refused(program):
    in_lldb.fail(f"memmap trace run -- {program} 1 1", "uprobes of another tracer")
    assert lldb.debugger.GetSelectedTarget().GetNumBreakpoints() == 0


def end_process(folder):
    for _ in range(20):  # SIGURG stops it again
        if process().GetState() == lldb.eStateStopped:
            process().Continue()
    pathlib.Path(folder, "status").write_text(json.dumps([process().GetState() == lldb.eStateExited,
                                                          process().GetExitStatus()]), encoding="utf-8")


def said(printed):
    """Without the events."""
    return [line for line in printed.splitlines() if line and not line.startswith(" ")]


def trace(words, sentences, breakpoints=0):
    """A trace that ends for the reason that the sentence, or one of several, says; nothing of LLDB's has changed. What
    was printed."""
    sentences = [sentences] if isinstance(sentences, str) else sentences
    before = lldb.debugger.GetAsync()
    printed = in_lldb.succeed(f"memmap trace {words}")
    assert any(sentence in printed for sentence in sentences), f"{words}: no {sentences} in {said(printed)}"
    assert lldb.debugger.GetAsync() == before
    number = lldb.debugger.GetSelectedTarget().GetNumBreakpoints()
    assert number == breakpoints, f"{words}: {number} breakpoints are left"
    return printed


def kill():
    assert process().GetState() == lldb.eStateStopped, process().GetState()
    process().Kill()


# Of this LLDB's own server; traced, and with the runtime's threads, a second later with those of the program too.
UNDER_WAY = """
traced() { pgrep -P "$(pgrep -d, -P $PPID lldb-server)"; }
for i in $(seq 600); do
  [ "$(ls "/proc/$(traced)/task" 2>/dev/null | wc -l)" -gt 2 ] && break
  sleep 0.1
done
sleep 1
"""


@contextlib.contextmanager
def when_under_way(command):
    """Runs the command in a shell while LLDB waits for the process that it has started."""
    with subprocess.Popen(["sh", "-c", UNDER_WAY + command], stdin=subprocess.DEVNULL) as clock:
        try:
            yield
            clock.wait()
        finally:
            clock.kill()


def interrupted(folder, *command):
    """Ctrl-C: the command ends at once, and the process can be looked at and goes on."""
    stamp = pathlib.Path(folder, "stamp")
    with when_under_way(f"date +%s.%N > {stamp}; kill -INT $PPID"):
        trace(f"run -- {' '.join(command)}", "interrupted. ")
        late = time.time() - float(stamp.read_text(encoding="utf-8"))
    print(f"late: {late:.3f} s")
    assert late < 1, f"Ctrl-C ended the trace after {late:.2f} s"


def two_debuggers(plugin, program):
    """They share the handler of Ctrl-C: while one traces the other is refused, and can trace afterwards."""
    other = lldb.SBDebugger.Create()
    other.SetAsync(False)
    said = lldb.SBCommandReturnObject()

    def first(line):
        other.GetCommandInterpreter().HandleCommand(line, said)

    first(f"plugin load {plugin}")
    thread = threading.Thread(target=first, args=[f"memmap trace run --limit 4s -- {program} 1 1 wait"])
    thread.start()
    while thread.is_alive() and not other.GetSelectedTarget().GetNumBreakpoints():
        time.sleep(0.01)
    in_lldb.fail(f"memmap trace run -- {program} 1 1", "another debugger of this LLDB traces")
    thread.join()
    assert "the time limit of 4 s is over" in (said.GetOutput() or ""), (said.GetOutput(), said.GetError())
    other.GetSelectedTarget().GetProcess().Kill()
    trace(f"run --until main.main -- {program} 1 1", "main.main was reached")
    kill()


def ends(folder, program):
    """Each way in which a trace can end."""
    interrupted(folder, program, "1", "1", "wait")
    begin = time.time()
    trace("continue --limit 300ms", "the time limit of 0.3 s is over. 0 events")
    assert time.time() - begin < 2, "the time limit is late"
    in_lldb.succeed("memmap reconcile --assert")
    in_lldb.fail(f"memmap trace run -- {program} 1 1", "is still there")
    kill()
    in_lldb.fail("memmap trace continue", "needs a process")

    interrupted(folder, program, "4", "100000")
    trace("continue --limit 200ms", "the time limit of 0.2 s is over")
    printed = trace("continue --hits 20", "events were caught")
    assert "persistentalloc" in printed, printed
    in_lldb.succeed("memmap annotate")
    kill()
    reported()
    stops(folder, program)
    goes(program)
    goes_elsewhere(program)
    stripped = pathlib.Path(folder, "stripped")
    subprocess.run(["strip", "-s", "-o", stripped, program], check=True)
    in_lldb.fail(f"memmap trace run -- {stripped} 1 1", "the program has no symbols for what is to be traced")


def stops(folder, program):
    trace(f"run --until main.main -o {folder}/first.jsonl -- {program} 4 100", "main.main was reached")
    assert process().GetSelectedThread().GetFrameAtIndex(0).GetFunctionName() == "main.main"
    own = lldb.debugger.GetSelectedTarget().BreakpointCreateByName("main.finish")
    trace("continue", "stopped at breakpoint", breakpoints=1)
    assert process().GetSelectedThread().GetStopReason() == lldb.eStopReasonBreakpoint
    lldb.debugger.GetSelectedTarget().BreakpointDelete(own.GetID())
    check_births({1, 2}, untraced=False)
    for verb in ("annotate --births --events", "trace report"):  # what is in a file is of this question alone
        in_lldb.succeed(f"memmap {verb} {folder}/first.jsonl")
    check_births({1, 2}, untraced=False)
    in_lldb.fail(f"memmap trace continue -- {program} 1 1", "starts no program")
    step()
    check_births({1, 2}, untraced=True)
    in_lldb.fail("memmap trace continue --until main.nothing", "no function main.nothing")
    in_lldb.fail("memmap trace continue --hits many", "--hits")
    in_lldb.fail("memmap trace continue --door uprobes", "--door goes with the command memmap")
    trace("continue", "is about to end with status 0")
    in_lldb.succeed("memmap reconcile --assert")
    check_births({1, 2, 3}, untraced=True)
    kill()


def step():
    before = lldb.debugger.GetAsync()
    lldb.debugger.SetAsync(False)  # so that it has stopped when this returns
    process().GetSelectedThread().StepInstruction(False)
    lldb.debugger.SetAsync(before)


def check_births(traces, untraced):
    """Births are of all traces of the process, and say so where it has run without one."""
    found = json.loads(in_lldb.succeed("memmap annotate --births --format json"))
    of_kinds = {}
    for row in found["rows"]:
        if row["birth"]:
            of_kinds.setdefault(row["kind"], set()).add(row["birth"]["trace"])
    assert set().union(*of_kinds.values()) <= traces, of_kinds
    assert 1 in of_kinds["heap_index"] and 2 in of_kinds["profile_bucket"], of_kinds
    codes = [finding["code"] for finding in found["findings"]]
    assert ("ran_untraced" in codes) == untraced and "not_mapped" not in codes, found["findings"]
    assert " s of trace 1" in in_lldb.succeed("memmap annotate --births")


def holds_signals(thread):
    text = pathlib.Path(f"/proc/{process().GetProcessID()}/task/{thread.GetThreadID()}/status").read_text(encoding="utf-8")
    blocked = int(text.partition("SigBlk:")[2].split()[0], 16)
    return blocked >> (SIGURG - 1) & 1 == 1


def check_may_fork_alone():
    """A thread that is about to fork waits for no other, and cannot be preempted: continue holds the others meanwhile."""
    forking = [thread for thread in process() if thread.GetFrameAtIndex(0).GetFunctionName() == "syscall.runtime_BeforeFork"]
    assert any(map(holds_signals, forking)), [thread.GetFrameAtIndex(0).GetPC() for thread in forking]


def is_lldb_14():
    return lldb.debugger.GetVersionString().split()[2].startswith("14.")


def children(program):
    """Two threads that start children, at times together."""
    reasons = ["is about to "]
    if is_lldb_14():
        reasons.append("LLDB 14 loses Go programs that start children")  # with or without a trace
    printed = trace(f"run -- {program} 2 192 children", reasons)
    while "status 0" not in printed and "lost" not in printed:
        assert process().GetState() == lldb.eStateStopped, printed
        if "a child process" in printed:
            check_may_fork_alone()
        printed = trace("continue", reasons)
    if "lost" not in printed:
        kill()


def goes_elsewhere(program):
    """Another thread than the first becomes another program; LLDB 19 and 22 would hang."""
    said = "is about to become another program"
    printed = trace(f"run -- {program} 8 1 exec_elsewhere", said)
    assert ("process detach" in printed) != is_lldb_14(), printed
    if is_lldb_14():
        trace("continue", "has become another program. 0 events")
        return kill()
    in_lldb.fail("memmap trace continue", f"{said} from another thread than its first")
    return process().Detach()


def goes(program):
    """The target goes away, or others come."""
    trace(f"run -- {program} 8 1 exec", "is about to become another program")
    in_lldb.succeed("memmap annotate --births")
    trace("continue", "has become another program. 0 events")
    in_lldb.fail("memmap annotate --births", "needs a trace of this process")
    reported()
    kill()
    trace(f"run -- {program} 8 1", "is about to end with status 0")
    in_lldb.fail("memmap trace continue --until main.nothing", "no function main.nothing")
    in_lldb.succeed("memmap reconcile --assert")  # the process is still there
    trace("continue", "is gone: status 0. 0 events")
    trace(f"run -- {program} 1 1 kill", "is gone")
    assert process().GetState() == lldb.eStateExited, process().GetState()
    reported()
    with when_under_way("kill -KILL $(traced)"):
        trace(f"run -- {program} 4 100000", "is gone")
    in_lldb.fail(f"memmap trace run -- {program}-is-not-there", "cannot be started")
    in_lldb.fail("memmap trace run -- /bin/true", "is no program of Go")
    in_lldb.fail(f"memmap trace run --until main.nothing -- {program} 1 1", "no function main.nothing")
    in_lldb.fail(f"memmap trace run -- {program}-is-not-there -h", "cannot be started")
