#include "lldb/command_frame.h"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace memmap {
namespace {

// LLDB does not tell a plugin's command for which thread it runs. Its own commands know, also those that are
// run inside of this one: "rsp = 0x00007ffd12345678".
std::optional<std::uint64_t> stack_pointer_of_command(lldb::SBDebugger& debugger) {
  lldb::SBCommandReturnObject said;
  debugger.GetCommandInterpreter().HandleCommand("register read sp", said, false);
  const char* const text = said.Succeeded() ? said.GetOutput() : nullptr;
  const std::string_view line = text == nullptr ? "" : text;
  const std::size_t at = line.find("= 0x");
  if (at == std::string_view::npos) return std::nullopt;
  return std::strtoull(text + at + 2, nullptr, 16);
}

}  // namespace

lldb::SBFrame frame_of_command(lldb::SBDebugger& debugger, lldb::SBTarget& target) {
  lldb::SBProcess process = target.GetProcess();
  lldb::SBFrame selected = process.GetSelectedThread().GetSelectedFrame();
  const std::optional<std::uint64_t> stack_pointer = stack_pointer_of_command(debugger);
  if (!stack_pointer || selected.GetSP() == *stack_pointer) return selected;
  for (std::uint32_t i = 0; i < process.GetNumThreads(); ++i) {
    lldb::SBFrame frame = process.GetThreadAtIndex(i).GetFrameAtIndex(0);
    if (frame.GetSP() == *stack_pointer) return frame;
  }
  return selected;
}

}  // namespace memmap
