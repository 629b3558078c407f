// What an array that doubles leaves behind: persistentalloc never frees.
#pragma once

#include "model/model.h"

namespace memmap::go {

// maxBlock of persistentalloc: from this size on a block has a mapping of its own.
inline constexpr std::uint64_t kMaxBlock = 64 << 10;

// Copies of `first`, 2·first, … bytes below `current`. From kMaxBlock on they lie in
// no chunk.
inline Unplaced outgrown(const char* name, std::uint64_t first, std::uint64_t current) {
  Unplaced copies{name, 0, 0};
  for (std::uint64_t size = first; size < current; size *= 2) {
    copies.bytes += size;
    if (size < kMaxBlock) copies.in_chunks += size;
  }
  return copies;
}

}  // namespace memmap::go
