// What the options of trace ask for.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "trace/operation.h"
#include "trace/sums.h"
#include "trace/tracer.h"

namespace memmap {

struct Command;
struct RawOptions;

struct TraceOptions {
  std::vector<std::string> program;  // to start, and its words
  std::string file;                  // of a report; empty: the session's own trace
  trace::Operations what = trace::Operations().set();
  bool what_chosen = false;
  std::optional<std::chrono::nanoseconds> limit;
  std::uint64_t hits = 0;    // 0: any number
  std::string until;         // a function
  std::uint64_t stacks = 0;  // frames shown below each line
  trace::Door door = trace::Door::automatic;
  std::optional<trace::SumBy> by;
  std::string by_word;

  bool says_how() const { return limit || hits != 0 || !until.empty() || door != trace::Door::automatic; }
};

// Each returns what is wrong, as a sentence; empty if nothing is.
std::string set_trace(TraceOptions& trace, const RawOptions& raw);
// Options that do not go with what the verb is to do.
std::string wrong_step(const Command& command);

}  // namespace memmap
