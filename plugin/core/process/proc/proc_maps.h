// Parses the text of /proc/PID/maps and smaps, wherever it came from.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "process/target.h"

namespace memmap {

// In the order of the text, which is address order. Lines that cannot be a mapping are left out.
std::vector<Mapping> parse_maps(std::string_view text);

// Of smaps, or of smaps_rollup, which has the same lines once for all mappings together.
struct SmapsSum {
  std::uint64_t resident = 0;          // Σ Rss, bytes
  bool huge_pages = false;             // pages of hugetlbfs are mapped
  std::vector<Address> huge_mappings;  // starts of hugetlb mappings: present, and not in Rss
};
SmapsSum sum_smaps(std::string_view text);

}  // namespace memmap
