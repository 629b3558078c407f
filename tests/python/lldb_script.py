"""Runs inside LLDB's own Python: package memmap beside the plugin."""

import pathlib

import lldb
import memmap

answers: list = []


def core(folder):
    m = memmap.current()
    pathlib.Path(folder, "python.json").write_text(m.run("annotate", "--format", "json"), encoding="utf-8")
    borrowed, sentence = memmap._memmap.borrow(lldb.debugger.GetID())
    assert borrowed is not None and sentence is None, sentence
    assert borrowed.spans.array().ctypes.data == m.spans.array().ctypes.data, "the analysis was made twice"
    from memmap import lldb_host
    if hasattr(lldb.SBProcess, "GetCoreFile"):
        alone = lldb_host.open_here(lldb.debugger.GetSelectedTarget())
        assert alone.run("annotate", "--format", "json") == m.run("annotate", "--format", "json")


def stale(m, row):
    for look in (lambda: row.kind, lambda: len(m), lambda: m.run("summary")):
        try:
            look()
        except memmap.StaleError:
            continue
        raise AssertionError("a stale map answered")


def stopped_at(target, function):
    target.BreakpointCreateByName(function)
    error = lldb.SBError()
    process = target.Launch(lldb.debugger.GetListener(), None, ["GODEBUG=asyncpreemptoff=1"], None, None, None, None, 0,
                            False, error)
    assert error.Success(), error
    return process


def printed(command):
    result = lldb.SBCommandReturnObject()
    lldb.debugger.GetCommandInterpreter().HandleCommand(command, result)
    assert result.Succeeded(), result.GetError()
    return result.GetOutput()


def hit(*_):
    """A breakpoint's command that asks memmap. True: the process stops."""
    try:
        answers.append(len(memmap.current()))
    except memmap.TargetError as error:
        answers.append(str(error))
    return True


def in_trace():
    """A breakpoint's command gets its map, and while a trace runs a sentence: the two would wait for each other."""
    lldb.debugger.SetAsync(False)
    target = lldb.debugger.GetSelectedTarget()
    process = stopped_at(target, "main.main")
    target.BreakpointCreateByName("time.Sleep").SetScriptCallbackFunction("lldb_script.hit")
    process.Continue()
    printed("memmap trace continue")
    assert answers[0] > 100 and "a trace is running" in answers[-1], answers
    process.Kill()


def other_build():
    """Beside a memmap.so of another build the module reads by itself, and says so once."""
    lldb.debugger.SetAsync(False)
    process = stopped_at(lldb.debugger.GetSelectedTarget(), "fmt.Fprintln")
    m = memmap.current()
    assert m.run("reconcile", "--format", "json") == printed("memmap reconcile --format json")
    process.GetSelectedThread().StepInstruction(False)
    assert m.stale
    process.Kill()


def live():
    """Two stops: the first's map is stale at the second, and its array stays."""
    lldb.debugger.SetAsync(False)
    target = lldb.debugger.GetSelectedTarget()
    try:
        memmap.current()
        raise AssertionError("a map without a process")
    except memmap.TargetError as error:
        assert "no process" in str(error), error
    process = stopped_at(target, "fmt.Fprintln")
    m = memmap.current()
    row, array = m[next(iter(m.of_kind("heap_span"))).begin], m.spans.array()
    before = array.copy()
    assert memmap.current().spans.array().ctypes.data == array.ctypes.data, "the same stop, another analysis"
    assert m.run("annotate", "--range", "$sp-16+4K") != m.run("annotate"), "an expression as an address"
    assert not m.stale
    process.GetSelectedThread().StepInstruction(False)
    assert m.stale
    stale(m, row)
    assert memmap.current().ledger.memstats["Sys"].residual == 0
    del m, row
    assert (array == before).all(), "an array changed when its map went"
    process.Kill()
