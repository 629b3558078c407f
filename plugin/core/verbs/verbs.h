// Who answers: a question about one Analysis becomes a Report.
#pragma once

#include <cstdint>
#include <string_view>

#include "analysis.h"
#include "report/report.h"
#include "trace/history.h"
#include "words/command.h"

namespace memmap {

struct Question {
  const Analysis* analysis = nullptr;  // nullptr where no target was given
  const Command& command;
  std::string_view debugger;         // its version line; empty without one
  trace::History traces = {};        // of this target; empty without one
  std::string_view ended = {};       // why the last ended, if it is a moment ago
  const Analysis* other = nullptr;   // of command.compared the second; `analysis` is the first
  std::string_view folder = {};      // see DoorInfo
  const Findings* traced = nullptr;  // of that trace
};

// Of the command's verb.
Report answer(const Question& question);

#define VERB(id, aliases, target, options, total, answers) Report run_##id(const Question& question);
#define STEP(verb, step, catches, starts, names)
#include "words/verbs.def"
#undef VERB
#undef STEP

// "target" of a document.
TargetHeader header_of(const Analysis& analysis);
// What every report begins with: target, findings (notes only on request), units.
Report begin_report(std::string_view verb, const Question& question, bool with_notes = false);
// "memdemo · pid 4242 · go1.27.4 linux/amd64 · layout from DWARF (41 of 41 probes hold)"
std::string title(const Analysis& analysis);

}  // namespace memmap
