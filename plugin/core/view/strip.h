// The address space as a strip: mapped bytes in address order, holes left out, what they are as
// families. Drawn by summary --bar and export svg.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "analysis.h"
#include "view/families.h"
#include "view/filter.h"

namespace memmap {

// Bytes side by side and of one family; a hole may lie inside.
struct Run {
  AddressRange range;
  std::uint64_t bytes = 0;
  Family family = Family::unknown;
};

// Each shows what the one before shows little of.
enum class StripView : std::uint8_t { mapped, accessible, counted, count_ };

struct Strip {
  std::string_view shown;  // "mapped"
  std::vector<Run> runs;
  std::uint64_t bytes = 0;
  std::array<std::uint64_t, kFamilyCount> of_family{};
};

Strip strip_of(const Analysis& analysis, const Filter& filter, StripView view);

// The strip in `columns` equal parts, each as the family that has most of it. Fewer if there are
// fewer bytes; none if there are none.
std::vector<Run> columns_of(const Strip& strip, std::size_t columns);

}  // namespace memmap
