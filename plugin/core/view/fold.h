// The map as a person reads it: pieces of one thing joined, equal things folded into one line,
// reserved giants on one line. Only the text screen does this; nothing is left out of the sums.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis.h"
#include "report/report.h"

namespace memmap {

struct ViewRow {
  AddressRange range;  // shown unless there is a label
  std::string label;   // "612 heap spans"
  std::uint64_t size = 0;
  std::optional<std::uint64_t> resident;
  std::string permissions;
  std::string what;
  std::string_view counter;
  std::string how;
  bool note = false;  // `what` runs on over counter and how
  unsigned depth = 0;
  Tone tone = Tone::plain;
};

std::vector<Column> screen_columns();
bool emit(const ViewRow& row, RowSink& sink);

// One line for one node, as --all shows it.
ViewRow view_of(const Analysis& analysis, const Node& node, unsigned depth);
// Sizes inside sentences are in `units` too.
std::vector<ViewRow> fold(const Analysis& analysis, const UnitFormat& units = {});

std::string permission_letters(const Mapping& mapping);  // "rw-p"

}  // namespace memmap
