// The verbs: a question about one Analysis, answered by a Report.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "analysis.h"
#include "report/report.h"
#include "trace/history.h"
#include "words/options.h"

namespace memmap {

struct Question {
  const Analysis* analysis = nullptr;  // nullptr where no target was given
  const Options& options;
  std::string_view debugger;         // its version line; empty without one
  trace::History traces = {};        // of this target; empty without one
  std::string_view ended = {};       // why the last ended, if it is a moment ago
  const Analysis* other = nullptr;   // of options.compared the second; `analysis` is the first
  std::string_view folder = {};      // see DoorInfo
  const Findings* traced = nullptr;  // of that trace
};

using VerbFunction = Report (*)(const Question&);

enum class TargetUse : std::uint8_t { needed, taken, unused };

struct Verb {
  std::string_view name;
  TargetUse target = TargetUse::needed;
  bool takes_rows = false;       // --kind --rows
  bool takes_addresses = false;  // --range --min-size --sort
  std::string_view answers;      // for the list of verbs
  VerbFunction run = nullptr;
};

const Verb* verb_named(std::string_view name);  // nullptr if there is none
std::span<const Verb> verbs();
std::vector<std::string_view> verb_names();

#define VERB(id, target, rows, addresses, answers) Report run_##id(const Question& question);
#include "verbs/verbs.def"
#undef VERB

// Help for one verb, or the list of verbs if `verb` is empty. Empty if there is no such verb.
std::string help_text(std::string_view verb);

// What every report begins with: target, findings (notes only on request), units.
Report begin_report(std::string_view verb, const Question& question, bool with_notes = false);
// "memdemo · pid 4242 · go1.27.4 linux/amd64 · layout from DWARF (41 of 41 probes hold)"
std::string title(const Analysis& analysis);

}  // namespace memmap
