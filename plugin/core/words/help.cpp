// help: syntax, what the verb answers, options, an example, exit codes.
#include <fmt/format.h>

#include "words/command.h"
#include "words/parse.h"

namespace memmap {
namespace {

struct Help {
  std::string_view verb;
  std::string_view answers;
  std::string_view example;
};

constexpr Help kHelp[] = {
#define HELP(verb, answers, example) {#verb, answers, example},
#include "words/help.def"
#undef HELP
};

constexpr std::string_view kTarget =
    "Without a debugger the target is -p PID, or --core FILE and where needed --exe FILE; in a\n"
    "debugger it is the selected one.\n";

constexpr std::string_view kExitCodes =
    "Exit codes: 0 done · 1 an assertion or check failed · 2 printed, but something is missing and\n"
    "said · 3 the target cannot be read · 64 wrong usage. In a debugger 0 and 2 are success.\n";

std::string indented(std::string_view text, std::string_view with) {
  std::string lines;
  for (const std::string& line : split(text, '\n')) lines += fmt::format("{}{}\n", with, line);
  return lines;
}

std::string list_of_verbs() {
  std::string text =
      "memmap explains every mapped byte of a Go process, live or from a core, and checks the "
      "sums.\n\nSyntax: memmap VERB [options]\n\n";
  for (const Verb& verb : verbs()) text += fmt::format("  {:<10}  {}\n", verb.name, verb.answers);
  text += fmt::format("  {:<10}  {}\n\n", "help VERB", "what a verb answers, its options, an example");
  return text + std::string(kTarget) + "\n" + std::string(kExitCodes);
}

// "Syntax: memmap trace run|continue|report FILE [options]"
std::string syntax_line(const Verb& verb) {
  std::string text = fmt::format("Syntax: memmap {}", verb.name);
  for (const Step& step : verb.steps) text += fmt::format("{}{}", &step == &verb.steps.front() ? " " : "|", step.word);
  for (const OptionHelp& option : options_of(verb))
    if (!option.spelling.starts_with("-")) text += fmt::format(" {}", option.spelling);
  return text + " [options]\n\n";
}

}  // namespace

std::string help_text(const Verb* verb) {
  if (verb == nullptr) return list_of_verbs();
  std::string text = syntax_line(*verb);
  for (const Help& help : kHelp)
    if (help.verb == verb->name) text += fmt::format("{}\n\nOptions:\n", help.answers);
  for (const OptionHelp& option : options_of(*verb)) {
    const std::string left = fmt::format("{}{}{}", option.spelling, option.word.empty() ? "" : " ", option.word);
    text += fmt::format("  {:<24}  {}\n", left, option.sentence);
  }
  for (const Help& help : kHelp)
    if (help.verb == verb->name) text += fmt::format("\nExample:\n{}\n", indented(help.example, "  "));
  return text + std::string(kTarget) + "\n" + std::string(kExitCodes);
}

}  // namespace memmap
