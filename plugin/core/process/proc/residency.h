// Which bytes of a live process are in memory, without reading any of them.
#pragma once

#include <span>

#include "process/target.h"

namespace memmap {

enum class ResidencyWay : std::uint8_t { pagemap_scan, pagemap_read };

// Fills Mapping::resident and resident_anonymous so that they add up to Rss: present pages
// without the zero page. Call it before reading target memory: reading maps zero pages.
// Returns false where pagemap cannot be read; the fields then stay empty. Mappings above user
// space ([vsyscall]) have no entries in pagemap and count 0.
bool fill_residency(std::uint64_t pid, std::span<Mapping> mappings, ResidencyWay way = ResidencyWay::pagemap_scan);

}  // namespace memmap
