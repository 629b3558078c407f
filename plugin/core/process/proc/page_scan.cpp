#include "process/proc/page_scan.h"

#include <sys/ioctl.h>

#include <cerrno>
#include <vector>

namespace memmap {
namespace {

struct ScanArguments {
  std::uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  std::uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
static_assert(sizeof(ScanArguments) == 96);
constexpr unsigned long kPagemapScan = _IOWR('f', 16, ScanArguments);

}  // namespace

int PageScan::fill(AddressRange range, std::uint64_t categories, void* regions, std::size_t count) {
  ScanArguments arguments{};
  arguments.size = sizeof arguments;
  arguments.start = range.begin.value();
  arguments.end = range.end.value();
  arguments.vec = reinterpret_cast<std::uintptr_t>(regions);
  arguments.vec_len = count;
  arguments.category_anyof_mask = kPageIsPresent | kPageIsSwapped;
  arguments.return_mask = categories | guard_;
  const int found = ioctl(pagemap_, kPagemapScan, &arguments);
  if (found >= 0 || errno != EINVAL || guard_ == 0) return found;
  guard_ = 0;
  return fill(range, categories, regions, count);
}

// Goes on from the end of the last region and never from walk_end: after more than 512 regions
// walk_end is stale, and counting from there counts pages twice (do_pagemap_scan in
// fs/proc/task_mmu.c).
bool PageScan::run(AddressRange range, bool with_file, const std::function<void(const PageRegion&)>& take) {
  const std::uint64_t categories =
      kPageIsPresent | kPageIsSwapped | kPageIsZero | kPageIsHuge | (with_file ? kPageIsFile : 0);
  std::vector<PageRegion> regions(4096);
  while (range.begin < range.end) {
    const int found = fill(range, categories, regions.data(), regions.size());
    if (found < 0) return false;
    for (std::size_t i = 0; i < static_cast<std::size_t>(found); ++i)
      if ((regions[i].categories & kPageIsGuard) == 0) take(regions[i]);
    if (static_cast<std::size_t>(found) < regions.size()) return true;
    range.begin = Address(regions.back().end);
  }
  return true;
}

}  // namespace memmap
