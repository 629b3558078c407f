"""Runs inside LLDB's own Python: memmap's commands, and what they hand back to whoever called them."""

import json
import pathlib
import subprocess

import lldb  # LLDB's own; HandleCommand of 14 keeps the target of the outermost command, hence the API calls below

VERBS = ("annotate", "reconcile", "summary", "explain")
WORDS = {"explain": "explain &runtime.mheap_+8"}  # a symbol means the same at each door
FORMATS = ("text", "json")
SIGURG = 23


def handle(line):
    result = lldb.SBCommandReturnObject()
    lldb.debugger.GetCommandInterpreter().HandleCommand(line, result)
    return result


def succeed(line):
    result = handle(line)
    assert result.Succeeded(), f"{line}: {result.GetError()}"
    return result.GetOutput() or ""


def fail(line, sentence):
    """The command must fail and say so."""
    result = handle(line)
    assert not result.Succeeded(), f"{line}: no failure: {(result.GetOutput() or '')[:300]}"
    assert sentence in (result.GetError() or ""), f"{line}: {result.GetError()!r} does not say {sentence!r}"


def save(folder, name, text):
    pathlib.Path(folder, name).write_text(text, encoding="utf-8")


def reports(folder, prefix):
    """What each verb prints in each format, captured as a script would."""
    for verb in VERBS:
        for form in FORMATS:
            save(folder, f"{prefix}-{verb}.{form}", succeed(f"memmap {WORDS.get(verb, verb)} --format {form}"))


def core_reports(folder):
    reports(folder, "lldb")
    reports(folder, "again")


def live_reports(folder, memmap):
    """Here, then beside this debugger, which holds the process."""
    process = lldb.debugger.GetSelectedTarget().GetProcess()
    process.SetSelectedThread(process.GetThreadAtIndex(0))  # the main one, as without a debugger
    reports(folder, "lldb")
    for verb in VERBS:
        for form in FORMATS:
            done = subprocess.run([memmap, *WORDS.get(verb, verb).split(), "-p", str(process.GetProcessID()), "--format", form],
                                  capture_output=True, check=False, stdin=subprocess.DEVNULL)
            assert done.returncode in (0, 2), f"memmap {verb} beside LLDB: {done.returncode} {done.stderr!r}"
            save(folder, f"beside-{verb}.{form}", done.stdout.decode())


def without_target():
    fail("memmap annotate", "no target is selected")
    assert "heap_arena" in succeed("memmap kinds --format json")
    assert "memmap" in succeed("memmap version")
    assert "--format" in succeed("memmap annotate --help")
    assert "reconcile" in succeed("memmap help")
    fail("memmap kinds --frmat json", "--frmat")
    for verb in (*VERBS, "kinds", "check", "version"):
        help_text = succeed(f"help memmap {verb}")
        for word in (f"Syntax: memmap {verb}", "--format", "Example:", "Exit codes:"):
            assert word in help_text, f"help memmap {verb} does not say {word!r}"
        assert help_text.count("Syntax:") == 1, help_text
    assert verb in succeed("help memmap")


def taken_for(beginning):
    """The command that LLDB takes these letters for; empty where it cannot tell."""
    result = lldb.SBCommandReturnObject()
    lldb.debugger.GetCommandInterpreter().ResolveCommand(beginning, result)
    return (result.GetOutput() or "").strip() if result.Succeeded() else ""


def short_for(*pairs):
    """BEGINNING=COMMAND for each."""
    for pair in pairs:
        beginning, command = pair.split("=")
        assert taken_for(beginning) == command, f"{beginning} is {taken_for(beginning)!r}, not {command!r}"


BEGINNINGS = ("m", "me", "mem", "memm", "memma")
noted = globals().get("noted", {})  # importing again keeps it


def note_beginnings():
    """Before the plugin is loaded."""
    noted.update((beginning, taken_for(beginning)) for beginning in BEGINNINGS)


def compare_beginnings():
    assert set(noted) == set(BEGINNINGS)
    for beginning, before in noted.items():
        after = taken_for(beginning)
        assert after == before if before else after in ("", "memmap"), f"{beginning} was {before!r} and is {after!r}"


def own(_debugger, _command, _result, _internal):
    """A command of the user's."""


def launched():
    """From launch to end: not started, stopped, running, interrupted, ended."""
    lldb.debugger.SetAsync(False)
    fail("memmap annotate", "no process")
    process = launch(lldb.debugger.GetSelectedTarget())
    first = succeed("memmap annotate --format json")
    assert first == succeed("memmap annotate --format json"), "the same stop, another map"
    assert succeed("memmap annotate --range $sp-16+4K --format json") != first
    assert first == succeed("memmap annotate --format json"), "looking at a register changed the target"
    fail("memmap annotate --range nonsense-more", "--range")
    fail("memmap explain nonsense", "no symbol")
    stack = succeed("memmap explain $sp + 8")
    assert "on the stack of goroutine 1, " in stack, stack
    assert stack == succeed("memmap what $sp+8") == succeed("memmap whatis $sp+8"), "other words, another answer"
    other_thread(process)
    running(process)
    process.Kill()
    fail("memmap annotate", "no process")


def other_thread(process):
    """As in a stop hook: a command about another thread than the selected one."""
    selected = process.GetSelectedThread().GetThreadID()
    other = next(thread for thread in process if thread.GetThreadID() != selected)
    for word in ("$sp", "$sp+0", "$pc"):
        result = lldb.SBCommandReturnObject()
        lldb.debugger.GetCommandInterpreter().HandleCommand(f"memmap explain {word} --format json",
                                                            lldb.SBExecutionContext(other.GetFrameAtIndex(0)), result, False)
        frame = other.GetFrameAtIndex(0)
        address = json.loads(result.GetOutput())["address"]
        assert address == hex(frame.GetPC() if word == "$pc" else frame.GetSP()), f"{word}: {address}"
    assert json.loads(succeed("memmap explain $sp --format json"))["address"] == hex(
        process.GetSelectedThread().GetFrameAtIndex(0).GetSP()), "the selected thread's own"


def launch(target):
    """Stops where the program is about to print. Go's own signals, which would stop it before, are off."""
    target.BreakpointCreateByName("fmt.Fprintln")
    error = lldb.SBError()
    process = target.Launch(lldb.debugger.GetListener(), None, ["GODEBUG=asyncpreemptoff=1"], None, None, None, None, 0,
                            False, error)
    assert error.Success(), error
    return process


def running(process):
    lldb.debugger.SetAsync(True)
    process.Continue()
    wait_for(process, lldb.eStateRunning)
    fail("memmap annotate", "is running")
    process.Stop()
    wait_for(process, lldb.eStateStopped)
    lldb.debugger.SetAsync(False)
    succeed("memmap annotate --format json")


def wait_for(process, state):
    event = lldb.SBEvent()
    for _ in range(100):
        if process.GetState() == state:
            return
        lldb.debugger.GetListener().WaitForEvent(1, event)
    raise AssertionError(f"the process did not reach state {state}")


def remote_report(folder, address):
    """A process that another machine's server holds: all that is left is LLDB's own API."""
    lldb.debugger.SetAsync(False)
    target = lldb.debugger.GetSelectedTarget()
    target.BreakpointCreateByName("fmt.Fprintln")
    error = lldb.SBError()
    process = target.ConnectRemote(lldb.debugger.GetListener(), f"connect://{address}", "gdb-remote", error)
    assert error.Success(), error
    process.GetUnixSignals().SetShouldStop(SIGURG, False)
    process.Continue()
    save(folder, "remote.json", succeed("memmap reconcile --format json"))
    save(folder, "stopped", "")
    wait_for_file(pathlib.Path(folder, "go"))
    process.Kill()


def wait_for_file(path):
    subprocess.run(["sh", "-c", f'i=0; while [ ! -e "{path}" ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done'],
                   check=True, stdin=subprocess.DEVNULL)
