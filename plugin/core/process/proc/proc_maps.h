// Parses the text of /proc/PID/maps and smaps, wherever it came from.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "process/target.h"

namespace memmap {

// In the order of the text, which is address order. Lines that cannot be a mapping are left out.
std::vector<Mapping> parse_maps(std::string_view text);

// Bytes of one mapping.
struct SmapsMapping {
  Address begin;
  std::uint64_t resident = 0;   // Rss
  std::uint64_t anonymous = 0;  // of it
  bool hugetlb = false;         // its pages are of hugetlbfs: present, and not in Rss
};

// Of smaps, or of smaps_rollup, which has the same lines once for all mappings together.
struct SmapsSum {
  std::uint64_t resident = 0;          // Σ Rss, bytes
  bool huge_pages = false;             // pages of hugetlbfs are mapped
  std::vector<SmapsMapping> mappings;  // in address order
};
SmapsSum sum_smaps(std::string_view text);

}  // namespace memmap
