// Room for vectors of hundreds of thousands of items. Half the time of a naive reader of a big
// heap goes into page faults in its own vectors: huge pages take them away.
#pragma once

#include <cstddef>
#include <vector>

namespace memmap {

// Asks the kernel for huge pages in [at, at + bytes), as far as whole ones fit. Never fails.
void advise_huge_pages(const void* at, std::size_t bytes);

// Makes malloc keep `bytes` of memory that the kernel has already given, and give nothing back
// from now on: what is allocated next needs no page faults. For a program's main() only, as it
// changes malloc for all of the process.
void warm_malloc(std::size_t bytes);

// reserve(), before the first item is written.
template <class T>
void reserve_large(std::vector<T>& items, std::size_t count) {
  if (items.capacity() >= count) return;
  items.reserve(count);
  advise_huge_pages(items.data(), items.capacity() * sizeof(T));
}

}  // namespace memmap
