// The pages of a target that are in memory or in swap, as runs of pages that are alike: a heap of
// 4 GiB has a million pages and some 50,000 runs.
#pragma once

#include <cstdint>
#include <span>

#include "base/address.h"

namespace memmap {

// What the kernel says of a page. Pages that may be taken from the process (MADV_FREE) are not
// told from others: smaps has their sum for each mapping, and nothing has it for each page.
enum class PageFlag : std::uint8_t {
  present = 1,
  swapped = 2,
  file = 4,      // a page of a file or of shared memory; without it, an anonymous one
  shared = 8,    // in a mapping that others can share
  huge = 16,     // mapped by an entry for 2 MiB; only PAGEMAP_SCAN tells
  zero = 32,     // the kernel's one page of zeros: present, takes no memory, not in Rss
  hugetlb = 64,  // of hugetlbfs: present, counted apart, not in Rss
};
constexpr std::uint8_t operator|(std::uint8_t flags, PageFlag flag) {
  return static_cast<std::uint8_t>(flags | static_cast<std::uint8_t>(flag));
}

// Lies in one mapping.
struct PageRun {
  AddressRange range;
  std::uint8_t flags = 0;

  constexpr bool is(PageFlag flag) const { return (flags & static_cast<std::uint8_t>(flag)) != 0; }
  // Counted in Rss.
  constexpr bool resident() const { return is(PageFlag::present) && !is(PageFlag::zero) && !is(PageFlag::hugetlb); }
};

// Resident bytes below one address after the other. They must not descend, so that all of them
// together cost one pass over the runs, which are sorted and disjoint.
class ResidentBelow {
 public:
  ResidentBelow() = default;
  explicit ResidentBelow(std::span<const PageRun> runs) : runs_(runs) {}

  std::uint64_t operator()(Address a) {
    while (next_ < runs_.size() && runs_[next_].range.end <= a) {
      if (runs_[next_].resident()) passed_ += runs_[next_].range.size();
      ++next_;
    }
    const bool inside = next_ < runs_.size() && runs_[next_].range.begin < a && runs_[next_].resident();
    return inside ? passed_ + (a - runs_[next_].range.begin) : passed_;
  }

 private:
  std::span<const PageRun> runs_;
  std::size_t next_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace memmap
