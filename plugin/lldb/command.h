// One `memmap VERB` in LLDB: the words become a Command, the Session answers, and LLDB shows it.
#pragma once

#include <lldb/API/LLDB.h>

#include <memory>
#include <string>

#include "lldb/lldb_output.h"
#include "lldb/session_cache.h"

namespace memmap {

// Why the selected target cannot be looked at; empty if it can.
std::string obstacle(lldb::SBTarget& target);

class VerbCommand final : public lldb::SBCommandPluginInterface {
 public:
  VerbCommand(std::string word, std::shared_ptr<SessionCache> sessions)
      : word_(std::move(word)), sessions_(std::move(sessions)) {}

  // Nothing may be thrown through LLDB, which is built without exceptions.
  bool DoExecute(lldb::SBDebugger debugger, char** words, lldb::SBCommandReturnObject& result) override;

 private:
  bool execute(lldb::SBDebugger& debugger, const Command& command, lldb::SBCommandReturnObject& result);
  bool trace(lldb::SBDebugger& debugger, const Command& command, LldbOutput& output, DoorInfo& door,
             lldb::SBCommandReturnObject& result);

  std::string word_;  // that the user types: a verb, an alias of one, help
  std::shared_ptr<SessionCache> sessions_;
};

}  // namespace memmap
