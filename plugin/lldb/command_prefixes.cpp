#include "lldb/command_prefixes.h"

namespace memmap {
namespace {

// What LLDB takes the beginning for; empty if for nothing, or if it cannot tell.
std::string taken_for(lldb::SBCommandInterpreter& interpreter, const std::string& beginning) {
  lldb::SBCommandReturnObject result;
  interpreter.ResolveCommand(beginning.c_str(), result);
  const char* whole = result.Succeeded() ? result.GetOutput() : nullptr;
  if (whole == nullptr) return {};
  const std::string_view text = whole;
  return std::string(text.substr(0, text.find_last_not_of(" \n") + 1));
}

}  // namespace

CommandPrefixes::CommandPrefixes(lldb::SBCommandInterpreter interpreter, const std::string& added)
    : interpreter_(interpreter) {
  for (std::size_t length = 1; length < added.size(); ++length) {
    const std::string beginning = added.substr(0, length);
    // A name comes before whatever else begins so; LLDB gives it back as it is, but for an alias.
    if (interpreter_.AliasExists(beginning.c_str())) continue;
    const std::string whole = taken_for(interpreter_, beginning);
    if (!whole.empty() && whole != beginning && whole != added) meant_.emplace_back(beginning, whole);
  }
}

// All of them: newer LLDBs prefer aliases, so that one alone would change what a shorter beginning means.
void CommandPrefixes::keep() {
  for (const auto& [beginning, whole] : meant_) {
    lldb::SBCommandReturnObject result;
    interpreter_.HandleCommand(("command alias " + beginning + " " + whole).c_str(), result, false);
  }
}

}  // namespace memmap
