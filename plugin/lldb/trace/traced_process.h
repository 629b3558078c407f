// The process that a trace inside LLDB is of.
#pragma once

#include <lldb/API/LLDB.h>

#include <functional>
#include <string>
#include <vector>

namespace memmap {

// Neither ended nor let go.
bool is_there(lldb::SBProcess process);

// What differs from one program to the next in the same process: its file, and the auxiliary vector
// that execve makes. Without ASLR the same file with the same words is the same. Empty where the
// process is gone.
std::string execution_of(lldb::SBProcess process);

struct TracedProcess {
  lldb::SBTarget target;
  lldb::SBProcess process;

  // That of the selected target; or a new one, stopped at its first instruction, in a target that
  // becomes the selected one. Empty, or a sentence why there is none.
  std::string select(lldb::SBDebugger debugger);
  std::string launch(lldb::SBDebugger debugger, const std::vector<std::string>& command);
  // Whether it has been killed while LLDB calls it stopped. One that stood at a breakpoint then is
  // said to have a SIGTRAP, because its registers could not be read. Waits for its end a little.
  bool was_killed();
  // Why a thread has stopped, in a sentence; empty where it has not, or at breakpoints of ours
  // only.
  std::string why_stopped(lldb::SBThread thread, const std::function<bool(lldb::break_id_t)>& is_ours);
  // In a sentence, once it is no longer there.
  std::string how_it_ended();
};

}  // namespace memmap
