// memstats.heapStats (1.16): three deltas whose sum is the truth.
#pragma once

#include <cstdint>
#include <vector>

#include "go/runtime.h"

namespace memmap::go {

struct HeapStats {
  std::uint64_t committed = 0, released = 0, in_heap = 0, in_stacks = 0, in_work_bufs = 0, in_ptr_scalar_bits = 0;
  std::uint64_t tiny_allocs = 0;
  std::uint64_t large_alloc = 0, large_allocs = 0, large_free = 0, large_frees = 0;
  std::vector<std::uint64_t> small_allocs, small_frees;  // by size class
};

// consistentHeapStats.unsafeRead: all three of the ring are added, whatever `gen` says.
Result<HeapStats> read_heap_stats(const Runtime& runtime);

}  // namespace memmap::go
