#include "words/choices.h"

#include "map/kind.h"
#include "report/report.h"
#include "words/command.h"
#include "words/export_formats.h"
#include "words/parse.h"

namespace memmap {
namespace {

using Words = std::vector<std::string>;

Words all_verbs() {
  Words words;
  for (const Verb& verb : verbs()) words.emplace_back(verb.name);
  return words;
}

Words all_kinds() {
  Words words;
  for (const KindInfo& kind : kKinds) words.emplace_back(kind.id);
  return words;
}

// What has to follow the verb itself; empty where that may be an option at once.
Words first_words(const Verb& verb) {
  Words words;
  for (const Step& step : verb.steps) words.emplace_back(step.word);
  if (verb.takes(option_group::viewer))
    for (const ExportFormat& format : export_formats()) words.emplace_back(format.name);
  return words;
}

Words option_names(const Verb& verb) {
  Words words;
  for (const OptionHelp& option : options_of(verb))
    for (std::string& spelling : split(option.spelling, ','))
      if (spelling.starts_with("-")) words.push_back(std::move(spelling));
  return words;
}

}  // namespace

std::vector<std::string> choices_after(std::string_view word, std::string_view previous) {
  if (word == "help") return all_verbs();
  const Verb* const verb = verb_named(word);
  if (verb == nullptr) return {};
  if (previous == "--kind") return all_kinds();
  if (previous == "--format") {
    const std::vector<std::string_view> names = renderer_names();
    return {names.begin(), names.end()};
  }
  Words words = previous.empty() ? first_words(*verb) : Words();
  return words.empty() ? option_names(*verb) : words;
}

}  // namespace memmap
