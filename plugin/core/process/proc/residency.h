// Which bytes of a live process are in memory, without reading any of them.
#pragma once

#include <span>
#include <vector>

#include "process/pages.h"
#include "process/target.h"

namespace memmap {

enum class ResidencyWay : std::uint8_t { pagemap_scan, pagemap_read };

// The runs of pages of all mappings, sorted, and from them Mapping::resident and
// resident_anonymous, which add up to Rss. Call it before reading target memory: reading maps
// zero pages. Returns false where pagemap cannot be read; then whole mappings have the figures
// of smaps, if that can be read.
//
// Kernels before 6.7 do not tell the page of zeros from a page that a fork has left to parent and
// child. Where a mapping holds both sorts, its figure is that of smaps and which pages it
// means is not known (pages_known is false). The same goes for reservations that take too long
// to read. Mappings above user space ([vsyscall]) have no entries in pagemap and count 0.
bool fill_residency(std::uint64_t pid, std::span<Mapping> mappings, std::vector<PageRun>& pages,
                    ResidencyWay way = ResidencyWay::pagemap_scan);

// hugetlbfs pages are present and in no Rss; smaps alone says which mappings hold them.
void set_hugetlb(Mapping& mapping, std::vector<PageRun>& pages);

}  // namespace memmap
