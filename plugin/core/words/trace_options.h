// What the options of trace ask for.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "trace/operation.h"
#include "trace/sums.h"
#include "trace/tracer.h"

namespace memmap {

struct TraceOptions {
  std::string file;  // of a report; empty: the session's own trace
  trace::Operations what = trace::Operations().set();
  bool what_chosen = false;
  std::optional<std::chrono::nanoseconds> limit;
  std::uint64_t hits = 0;    // 0: any number
  std::string until;         // a function
  std::uint64_t stacks = 0;  // frames shown below each line
  trace::Door door = trace::Door::automatic;
  std::optional<trace::SumBy> by;
  std::string by_word;
};

// As the user typed them; empty where an option was not given.
struct RawTraceOptions {
  const std::string& what;
  const std::string& limit;
  const std::string& hits;
  const std::string& until;
  const std::string& stacks;
  const std::string& door;
  const std::string& by;
};

// What is wrong with them, as a sentence; empty if nothing is.
std::string set_trace(TraceOptions& trace, const RawTraceOptions& raw);

}  // namespace memmap
