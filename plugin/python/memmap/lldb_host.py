"""The target that is selected in LLDB: memmap.so's own analysis, or where it is not loaded one of this module."""

import warnings

import lldb

from . import _memmap

STOPPED = (lldb.eStateStopped, lldb.eStateCrashed, lldb.eStateSuspended)


def selected_debugger():
    """The debugger of this interpreter. `lldb.debugger` exists only where LLDB itself runs the script."""
    debugger = getattr(lldb, "debugger", None)
    if debugger is not None and debugger.IsValid():
        return debugger
    for index in range(1, 64):
        debugger = lldb.SBDebugger.FindDebuggerWithID(index)
        if debugger.IsValid():
            return debugger
    raise _memmap.TargetError("there is no debugger in this process")


def open_here(target):
    """Without memmap.so: a core that LLDB names (19 and later) or a process of this machine."""
    process = target.GetProcess()
    if not target.IsValid() or not process.IsValid() or process.GetState() not in STOPPED:
        raise _memmap.TargetError("no stopped process and no core is selected")
    thread = process.GetSelectedThread()
    program = target.GetExecutable().fullpath or ""
    stop = process.GetStopID(True)
    host = _memmap.Host(lldb.SBDebugger.GetVersionString(), thread.GetThreadID(),
                        current=lambda: process.GetState() in STOPPED and process.GetStopID(True) == stop)
    if process.GetPluginName() == "elf-core":
        core = process.GetCoreFile().fullpath if hasattr(process, "GetCoreFile") else None
        if not core:
            raise _memmap.TargetError("this LLDB tells only memmap.so which file its core is, and none of this build is loaded")
        return _memmap.open_core(core, program, host)
    pid = process.GetProcessID()
    if not _memmap.stands_here(pid, program, thread.GetThreadID(), thread.GetFrameAtIndex(0).GetSP()):
        raise _memmap.TargetError("the process is not of this machine: only memmap.so of this build can read it")
    return _memmap.attach(pid, host)


def current():
    """The map of the selected target at its present stop."""
    debugger = selected_debugger()
    made, sentence = _memmap.borrow(debugger.GetID())
    if made is not None:
        return made
    try:
        alone = open_here(debugger.GetSelectedTarget())
    except _memmap.TargetError as error:
        raise _memmap.TargetError(f"{error} ({sentence})" if sentence else str(error)) from error
    if sentence:
        warnings.warn(sentence, stacklevel=4)
    return alone
