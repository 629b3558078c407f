// One `memmap VERB` in LLDB: the words go to the Session, what comes back to LLDB.
#pragma once

#include <lldb/API/LLDB.h>

#include <memory>
#include <span>
#include <string>

#include "lldb/session_cache.h"

namespace memmap {

// Why the selected target cannot be looked at; empty if it can.
std::string obstacle(lldb::SBTarget& target);

class Command final : public lldb::SBCommandPluginInterface {
 public:
  Command(std::string verb, std::shared_ptr<SessionCache> sessions)
      : verb_(std::move(verb)), sessions_(std::move(sessions)) {}

  // Nothing may be thrown through LLDB, which is built without exceptions.
  bool DoExecute(lldb::SBDebugger debugger, char** words, lldb::SBCommandReturnObject& result) override;

 private:
  bool execute(lldb::SBDebugger& debugger, char** words, lldb::SBCommandReturnObject& result);
  bool trace(lldb::SBDebugger& debugger, std::span<const std::string> argv, Output& output, DoorInfo& door,
             lldb::SBCommandReturnObject& result);

  std::string verb_;
  std::shared_ptr<SessionCache> sessions_;
};

}  // namespace memmap
