#include "base/large.h"

#include <sys/mman.h>

#include <cstdint>

namespace memmap {

void advise_huge_pages(const void* at, std::size_t bytes) {
  constexpr std::uintptr_t kHugePage = 2u << 20;
  const auto begin = (reinterpret_cast<std::uintptr_t>(at) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<std::uintptr_t>(at) + bytes) / kHugePage * kHugePage;
  // Only a wish: where the kernel has no huge pages, nothing changes.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace memmap
