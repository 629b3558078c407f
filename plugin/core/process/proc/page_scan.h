// PAGEMAP_SCAN of Linux 6.7: the kernel goes through the page tables and answers with ranges.
#pragma once

#include <cstdint>
#include <functional>

#include "base/address.h"

namespace memmap {

// What the kernel says of a range; from linux/fs.h, which Debian 12's headers do not have yet.
struct PageRegion {
  std::uint64_t start, end, categories;
};
inline constexpr std::uint64_t kPageIsFile = 1 << 2;
inline constexpr std::uint64_t kPageIsPresent = 1 << 3;
inline constexpr std::uint64_t kPageIsSwapped = 1 << 4;
inline constexpr std::uint64_t kPageIsZero = 1 << 5;
inline constexpr std::uint64_t kPageIsHuge = 1 << 6;
inline constexpr std::uint64_t kPageIsGuard = 1 << 8;  // Linux 6.15; it looks swapped

class PageScan {
 public:
  explicit PageScan(int pagemap) : pagemap_(pagemap) {}

  // Ranges of pages that are present or swapped out, in address order, to `take`. With or without
  // file: asking for it makes the kernel touch every page's struct, which is four times slower.
  // False where the kernel does not know the call.
  bool run(AddressRange range, bool with_file, const std::function<void(const PageRegion&)>& take);

 private:
  int fill(AddressRange range, std::uint64_t categories, void* regions, std::size_t count);

  int pagemap_;
  std::uint64_t guard_ = kPageIsGuard;  // 0 where the kernel does not know it
};

}  // namespace memmap
