// Where a trace ends: the runtime's last steps before its process forks, becomes another program or
// ends.
#pragma once

#include <lldb/API/LLDB.h>

#include <string>

#include "lldb/trace/trace_points.h"

namespace memmap {

// From there until `after` a thread cannot be preempted and waits for no other: it has blocked all
// signals, holds execLock, or only enters the kernel (runtime/proc.go, syscall/exec_unix.go, 1.11
// to 1.27).
struct LastStep {
  TracePoint::Where where;
  const char* function;
  bool at_return;     // of the function, else at its entry
  const char* after;  // comes next if the process is still there and the same; null if it cannot be
};
inline constexpr LastStep kLastSteps[] = {
    {TracePoint::Where::child, "syscall.runtime_BeforeFork", true, "syscall.runtime_AfterFork"},
    {TracePoint::Where::exec, "syscall.runtime_BeforeExec", true, "syscall.runtime_AfterExec"},
    {TracePoint::Where::exit, "runtime.exit", false, nullptr},
};

// Null where the thread is before none of them.
const LastStep* last_step_of(lldb::SBThread thread);

// Whether LLDB survives it if a thread calls execve: 19 and 22 hang, and cannot be interrupted,
// where that is another thread than the first; 14 does not.
bool survives_exec_of(lldb::SBThread thread);
// What the thread is about to do, as a sentence.
std::string about_to_exec(lldb::SBThread thread);
// Empty, or that sentence of a thread that had better not go on.
std::string deadly_exec(lldb::SBProcess process);

}  // namespace memmap
