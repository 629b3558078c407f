// pagemap as a file, for kernels before 6.7: eight bytes for each page.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "process/pages.h"
#include "process/target.h"

namespace memmap {

// The pages of one mapping. The page of zeros looks like an anonymous page that a fork has left
// to parent and child: neither the file bit nor the exclusive bit.
struct ReadPages {
  std::vector<PageRun> runs;  // unclear pages are said to be zero
  std::vector<AddressRange> unclear;
};

// `flags` are those of every page of the mapping. Nothing where pagemap cannot be read.
std::optional<ReadPages> read_pages(int pagemap, const Mapping& mapping, std::uint8_t flags);

// Decides by Rss of the mapping in smaps, where it can: the unclear pages are all in it, or none
// is. False where some are.
bool settle(ReadPages& pages, std::uint64_t resident);

}  // namespace memmap
