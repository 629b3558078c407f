#include "words.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <vector>

namespace memmap {
namespace {

struct TargetWords {
  std::string pid;
  std::string core;
  std::string executable;
};

// "-p 42", "-p42", "--core FILE", "--core=FILE": true if arguments[i] is this option.
bool takes(std::span<char* const> arguments, std::size_t& i, std::string_view option, std::string& value,
           std::string& problem) {
  std::string_view rest = arguments[i];
  if (!rest.starts_with(option)) return false;
  rest.remove_prefix(option.size());
  const bool is_long = option.starts_with("--");
  if (is_long && !rest.empty() && rest.front() != '=') return false;
  if (!rest.empty() && rest.front() == '=')
    rest.remove_prefix(1);
  else if (rest.empty() && i + 1 < arguments.size())
    rest = arguments[++i];

  if (rest.empty())
    problem = std::string(option) + " needs a value.";
  else if (!value.empty())
    problem = std::string(option) + " is given twice.";
  value = rest;
  return true;
}

std::optional<std::uint64_t> process_id(const std::string& word) {
  std::uint64_t pid = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, pid);
  if (error != std::errc() || stop != end || pid == 0 || pid > 0x7FFFFFFF) return std::nullopt;
  return pid;
}

// What is wrong with the target that was named; empty if nothing is.
std::string target_problem(const Words& words, const TargetWords& target) {
  const Command& command = words.command;
  if (!target.pid.empty() && !target.core.empty()) return "name one target: -p PID or --core FILE, not both.";
  const bool named = !target.pid.empty() || !target.core.empty();
  if (named && command.step != nullptr && !command.step->names)
    return fmt::format("trace {} takes no target: -p PID goes with trace continue.", command.step->word);
  if (!target.executable.empty() && target.core.empty() && !command.compared) return "--exe goes with --core FILE.";
  if (!target.pid.empty() && !words.pid) return "-p takes a process id, not '" + target.pid + "'.";
  if (command.needs_target() && !named)
    return fmt::format("{} needs a target: -p PID, or --core FILE [--exe FILE].", command.verb->name);
  return {};
}

}  // namespace

Words sort_words(std::span<char* const> arguments) {
  Words words;
  TargetWords target;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Verb* const verb = rest.empty() ? nullptr : verb_named(rest.front());
    if (verb != nullptr && verb->starts_programs() && std::string_view(arguments[i]) == "--") {
      rest.insert(rest.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      break;  // words of that program
    }
    const bool ours = takes(arguments, i, "-p", target.pid, words.problem) ||
                      takes(arguments, i, "--pid", target.pid, words.problem) ||
                      takes(arguments, i, "--core", target.core, words.problem) ||
                      takes(arguments, i, "--exe", target.executable, words.problem);
    if (!words.problem.empty()) return words;
    if (!ours) rest.emplace_back(arguments[i]);
  }
  auto command = parse_command(rest);
  if (!command) {
    words.problem = command.error();
    return words;
  }
  words.command = std::move(*command);
  words.pid = process_id(target.pid);
  words.core = target.core;
  words.executable = target.executable;
  if (!words.command.help) words.problem = target_problem(words, target);
  return words;
}

}  // namespace memmap
