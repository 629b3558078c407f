// What LLDB calls when it loads build/memmap.so: adds the command `memmap` with the core's verbs.
#include <lldb/API/LLDB.h>

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "lldb/command.h"
#include "lldb/command_prefixes.h"
#include "lldb/python_path.h"
#include "lldb/session_registry.h"
#include "words/command.h"

namespace lldb {
__attribute__((visibility("default"))) bool PluginInitialize(lldb::SBDebugger debugger);
}

namespace {

constexpr const char* kSummary = "Explains every mapped byte of a Go process or core, and checks the sums.";

// LLDB prints the syntax line itself.
std::string without_syntax_line(const std::string& help) {
  const std::size_t end = help.find("\n\n");
  return help.starts_with("Syntax:") && end != std::string::npos ? help.substr(end + 1) : help;
}

// `takes` is what may follow the word.
lldb::SBCommand add_word(lldb::SBCommand& command, const std::string& word, const std::string& answers,
                         std::string_view takes, const std::shared_ptr<memmap::SessionCache>& sessions) {
  const std::string syntax = fmt::format("memmap {} [{}]", word, takes);
  // LLDB owns the new command.
  return command.AddCommand(word.c_str(), new memmap::VerbCommand(word, sessions), answers.c_str(), syntax.c_str());
}

bool add_verb(lldb::SBCommand& command, const memmap::Verb& verb,
              const std::shared_ptr<memmap::SessionCache>& sessions) {
  std::vector<std::string> words = verb.other_names();
  words.insert(words.begin(), std::string(verb.name));
  const std::string help = without_syntax_line(memmap::help_text(&verb));
  for (const std::string& word : words) {
    lldb::SBCommand added = add_word(command, word, std::string(verb.answers), "options", sessions);
    if (!added.IsValid()) return false;
    added.SetHelpLong(help.c_str());
  }
  return true;
}

bool register_commands(lldb::SBDebugger& debugger) {
  lldb::SBCommandInterpreter interpreter = debugger.GetCommandInterpreter();
  memmap::CommandPrefixes prefixes(interpreter, "memmap");
  lldb::SBCommand command = interpreter.AddMultiwordCommand("memmap", kSummary);
  if (!command.IsValid()) return false;
  prefixes.keep();
  const auto sessions = std::make_shared<memmap::SessionCache>();
  memmap::register_sessions(debugger.GetID(), sessions);
  for (const memmap::Verb& verb : memmap::verbs())
    if (!add_verb(command, verb, sessions)) return false;
  return add_word(command, "help", "what a verb answers, its options, an example", "VERB", sessions).IsValid();
}

}  // namespace

// Nothing may be thrown through LLDB, which is built without exceptions; false makes it say that
// the plugin could not be loaded.
bool lldb::PluginInitialize(lldb::SBDebugger debugger) try {
  if (!register_commands(debugger)) return false;
  memmap::offer_python_package();
  return true;
} catch (const std::exception&) {
  return false;
} catch (...) {
  return false;
}
