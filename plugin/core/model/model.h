// What was found in the target, as plain values. Walkers fill it in; nothing after them reads
// target memory. Names are the runtime's own; units are bytes unless the name says pages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "model/native.h"
#include "model/runtime_info.h"

namespace memmap {

enum class SpanUse : std::uint8_t { heap, stack, workbuf, user_arena, free };

// A live mspan. 404,000 of them in a 4 GiB heap: kept small.
struct Span {
  Address begin;
  std::uint64_t elem_size = 0;   // bytes; 0 for work buffers
  std::uint32_t npages = 0;      // runtime pages of 8 KiB
  std::uint32_t index = 0;       // in mheap_.allspans
  std::uint32_t elem_count = 0;  // slots
  std::uint32_t alloc_count = 0; // slots handed out, mspan.allocCount
  SpanUse use = SpanUse::heap;
  std::uint8_t span_class = 0;   // size class << 1 | noscan
  AddressRange range() const { return {begin, begin + std::uint64_t{npages} * 8192}; }
};

struct Model {
  RuntimeInfo runtime;
  std::vector<Span> spans;  // in address order, disjoint
  NativeMemory native;
};

}  // namespace memmap
