// What the beginnings of `memmap` meant in LLDB before there was that command, and that they go on meaning it.
#pragma once

#include <lldb/API/LLDB.h>

#include <string>
#include <utility>
#include <vector>

namespace memmap {

// LLDB takes any unambiguous beginning of a command for the whole: `m`, `me` and `mem` are `memory`, until a second
// command begins so. Made before the command is added, asked to keep them after.
class CommandPrefixes {
 public:
  CommandPrefixes(lldb::SBCommandInterpreter interpreter, const std::string& added);
  void keep();  // as aliases, which the user can redefine or remove like any other

 private:
  lldb::SBCommandInterpreter interpreter_;
  std::vector<std::pair<std::string, std::string>> meant_;  // beginning, what it was short for
};

}  // namespace memmap
