// A verb's text on its way into LLDB's command result.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>

#include "session.h"

namespace memmap {

// Where a person who typed at LLDB's prompt waits for the command's end; kNoTerminal where nobody
// does.
int waiting_terminal(lldb::SBDebugger& debugger);

// The text is collected in the command's result and not written to the terminal directly: who
// called SBCommandInterpreter::HandleCommand must get it, and a plugin cannot know whether that
// or a person at the prompt is asking. Text folds to a few hundred lines; for all rows of a big
// heap there is `-o FILE`, which does not pass here.
class LldbOutput final : public Output {
 public:
  LldbOutput(lldb::SBDebugger debugger, lldb::SBCommandReturnObject& result, std::atomic<bool>& interrupted);

  // On a terminal text appears as it is written, not only when the command ends.
  void show_at_once();
  bool write(std::string_view text) override;
  bool colour() const override { return colour_; }
  bool takes_bytes() const override { return false; }
  unsigned width() const override { return width_; }

 private:
  lldb::SBDebugger debugger_;
  lldb::SBCommandInterpreter interpreter_;
  lldb::SBCommandReturnObject& result_;
  std::atomic<bool>& interrupted_;
  bool colour_ = false;
  unsigned width_;
};

}  // namespace memmap
