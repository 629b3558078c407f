#include "words/verb.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "words/parse.h"

namespace memmap {
namespace {

using namespace option_group;

// The rows of one verb, taken out of the rows of all.
struct StepRow {
  std::string_view verb;
  Step step;
};
constexpr StepRow kStepRows[] = {
#define VERB(id, aliases, target, options, total, answers)
#define STEP(verb, step, catches, starts, names) {#verb, {#step, catches, starts, names}},
#include "words/verbs.def"
#undef VERB
#undef STEP
};

std::vector<Step> steps_of(std::string_view verb) {
  std::vector<Step> steps;
  for (const StepRow& row : kStepRows)
    if (row.verb == verb) steps.push_back(row.step);
  return steps;
}

struct Table {
  std::vector<Verb> verbs;
  std::vector<std::vector<Step>> steps;
};

Table made() {
  Table table;
  table.verbs = {
#define VERB(id, aliases, target, options, total, answers) {#id, aliases, TargetUse::target, (options), total, answers},
#define STEP(verb, step, catches, starts, names)
#include "words/verbs.def"
#undef VERB
#undef STEP
  };
  for (Verb& verb : table.verbs) {
    table.steps.push_back(steps_of(verb.name));
    verb.steps = table.steps.back();  // the inner vector stays where it is
  }
  return table;
}

}  // namespace

std::span<const Verb> verbs() {
  static const Table table = made();
  return table.verbs;
}

bool Verb::starts_programs() const {
  return std::ranges::any_of(steps, [](const Step& step) { return step.starts; });
}

std::vector<std::string> Verb::other_names() const {
  return aliases.empty() ? std::vector<std::string>() : split(aliases, ',');
}

const Verb* verb_named(std::string_view name) {
  for (const Verb& verb : verbs())
    if (verb.name == name || std::ranges::count(verb.other_names(), name) != 0) return &verb;
  return nullptr;
}

const Step* step_named(const Verb& verb, std::string_view word) {
  const auto found = std::ranges::find(verb.steps, word, &Step::word);
  return found == verb.steps.end() ? nullptr : &*found;
}

std::string unknown_verb(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  const std::optional<std::string_view> meant = nearest(word, names);
  return meant ? fmt::format("'{}' is not a verb; did you mean {}?", printable(word), *meant)
               : fmt::format("'{}' is not a verb. 'memmap help' lists them.", printable(word));
}

}  // namespace memmap
