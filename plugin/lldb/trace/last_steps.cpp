#include "lldb/trace/last_steps.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

#include "lldb/sb_text.h"
#include "lldb/trace/done_instruction.h"

namespace memmap {

const LastStep* last_step_of(lldb::SBThread thread) {
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  lldb::SBSymbol symbol = frame.GetSymbol();
  const std::string text = text_of(symbol.GetName());
  std::string_view name = text;
  if (name.ends_with(kAssemblySuffix)) name.remove_suffix(std::strlen(kAssemblySuffix));
  const auto* const step = std::ranges::find(kLastSteps, name, &LastStep::function);
  if (step == std::end(kLastSteps)) return nullptr;
  lldb::SBTarget target = thread.GetProcess().GetTarget();
  lldb::SBAddress pc = frame.GetPCAddress();
  const bool is_there = step->at_return ? is_return(target.ReadInstructions(pc, 1).GetInstructionAtIndex(0), target)
                                        : symbol.GetStartAddress() == pc;
  return is_there ? step : nullptr;
}

bool survives_exec_of(lldb::SBThread thread) {
  return is_lldb_14() || thread.GetThreadID() == thread.GetProcess().GetProcessID();
}

std::string about_to_exec(lldb::SBThread thread) {
  return fmt::format("process {} is about to become another program{}", thread.GetProcess().GetProcessID(),
                     survives_exec_of(thread) ? ""
                                              : " from another thread than its first, where LLDB "
                                                "can hang: let it go (\"process detach\")");
}

std::string deadly_exec(lldb::SBProcess process) {
  for (std::uint32_t i = 0; i < process.GetNumThreads(); ++i) {
    lldb::SBThread thread = process.GetThreadAtIndex(i);
    const LastStep* const step = last_step_of(thread);
    if (step != nullptr && step->where == TracePoint::Where::exec && !survives_exec_of(thread))
      return about_to_exec(thread);
  }
  return {};
}

}  // namespace memmap
