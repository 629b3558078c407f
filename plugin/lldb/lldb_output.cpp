#include "lldb_output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace memmap {
namespace {

// LLDB formats what it prints into a fresh buffer; pieces keep that buffer small.
constexpr std::size_t kPiece = 64 * 1024;

bool prints_to_terminal(lldb::SBDebugger& debugger) {
  std::FILE* file = debugger.GetOutputFileHandle();
  const int descriptor = file != nullptr ? fileno(file) : -1;
  return descriptor >= 0 && isatty(descriptor) == 1;
}

}  // namespace

LldbOutput::LldbOutput(lldb::SBDebugger debugger, lldb::SBCommandReturnObject& result,
                       std::atomic<bool>& interrupted)
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
