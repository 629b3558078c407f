#include "lldb/lldb_output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "live/progress_line.h"

namespace memmap {
namespace {

// LLDB formats what it prints into a fresh buffer; pieces keep that buffer small.
constexpr std::size_t kPiece = 64 * 1024;

bool is_terminal(std::FILE* file) {
  const int descriptor = file != nullptr ? fileno(file) : -1;
  return descriptor >= 0 && isatty(descriptor) == 1;
}

bool prints_to_terminal(lldb::SBDebugger& debugger) { return is_terminal(debugger.GetOutputFileHandle()); }

}  // namespace

int waiting_terminal(lldb::SBDebugger& debugger) {
  // The input is a pipe while the words of -o are run, and in lldb-dap. Scripts that are sourced,
  // or that made the debugger, have nobody at the prompt.
  const bool at_prompt = debugger.GetCommandInterpreter().IsActive() && is_terminal(debugger.GetInputFileHandle()) &&
                         prints_to_terminal(debugger);
  std::FILE* const errors = debugger.GetErrorFileHandle();
  return at_prompt && is_terminal(errors) ? fileno(errors) : kNoTerminal;
}

LldbOutput::LldbOutput(lldb::SBDebugger debugger, lldb::SBCommandReturnObject& result, std::atomic<bool>& interrupted)
    : debugger_(debugger),
      interpreter_(debugger.GetCommandInterpreter()),
      result_(result),
      interrupted_(interrupted),
      width_(Output::width()) {
  if (!prints_to_terminal(debugger)) return;  // LLDB itself then claims 80 columns
  colour_ = debugger.GetUseColor();
  const unsigned columns = debugger.GetTerminalWidth();
  if (columns > 0) width_ = columns;
}

void LldbOutput::show_at_once() {
  if (prints_to_terminal(debugger_)) result_.SetImmediateOutputFile(debugger_.GetOutputFile());
}

bool LldbOutput::write(std::string_view text) {
  if (interpreter_.WasInterrupted()) interrupted_ = true;
  if (interrupted_) return false;
  while (!text.empty()) {
    const std::size_t size = std::min(text.size(), kPiece);
    result_.Printf("%.*s", static_cast<int>(size), text.data());
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace memmap
