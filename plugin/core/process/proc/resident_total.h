// Σ Rss of smaps: the resident bytes of a process as the kernel counts them, beside the pagemap.
#pragma once

#include <cstdint>
#include <future>
#include <optional>

#include "process/proc/proc_maps.h"

namespace memmap {

// Reads it in a thread of its own, so that it costs the stopped process little beyond the rest of
// what is looked up. Nothing where smaps cannot be read. Its mappings are those of the process only
// where there are pages of hugetlbfs.
std::future<std::optional<SmapsSum>> begin_resident_total(std::uint64_t pid);

}  // namespace memmap
