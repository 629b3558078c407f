#include "base/large.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

namespace memmap {

void advise_huge_pages(const void* at, std::size_t bytes) {
  constexpr std::uintptr_t kHugePage = 2u << 20;
  const auto begin = (reinterpret_cast<std::uintptr_t>(at) + kHugePage - 1) / kHugePage * kHugePage;
  const auto end = (reinterpret_cast<std::uintptr_t>(at) + bytes) / kHugePage * kHugePage;
  // Only a wish: where the kernel has no huge pages, nothing changes.
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

void warm_malloc(std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  mallopt(M_MMAP_MAX, 0);  // large blocks too come from the heap that is warmed here
  mallopt(M_TRIM_THRESHOLD, -1);
  auto* const block = static_cast<volatile char*>(std::malloc(bytes));
  if (block == nullptr) return;
  advise_huge_pages(const_cast<const char*>(block), bytes);
  for (std::size_t i = 0; i < bytes; i += kPage) block[i] = 0;
  std::free(const_cast<char*>(block));
}

}  // namespace memmap
