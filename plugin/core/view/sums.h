// Bytes added up by kind, counter or mapping: what summary answers from.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis.h"
#include "report/report.h"
#include "view/filter.h"

namespace memmap {

struct SumRow {
  std::optional<Kind> kind;
  std::optional<Counter> counter;
  const Mapping* mapping = nullptr;
  std::uint64_t bytes = 0;
  std::uint64_t resident = 0;
  bool resident_known = true;
  std::uint64_t count = 0;
  std::uint64_t largest = 0;

  std::optional<std::uint64_t> resident_bytes() const {
    return resident_known ? std::optional(resident) : std::nullopt;
  }
};

struct Sums {
  std::string heading;       // "COUNTER · KIND"
  std::vector<SumRow> rows;  // in order of first appearance
  SumRow total;
  SumRow unknown;
  Omitted omitted;
};

Sums add_up(const Analysis& analysis, const Filter& filter, std::span<const Dimension> dimensions);

}  // namespace memmap
