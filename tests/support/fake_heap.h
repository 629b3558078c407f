// Heap arenas, mspans and Ps in a FakeRuntime.
#pragma once

#include <vector>

#include "support/fake_runtime.h"

namespace memmap::test {

struct FakeSpan {
  Address begin;
  std::uint64_t npages = 1;
  std::uint64_t state = 1;  // dead 0, in use 1, manual 2, free 3
  std::uint64_t elem_size = 0, nelems = 0, alloc_count = 0, span_class = 0;
};

inline constexpr std::uint64_t kMspanSize = 160;

// One arena at kArena, mapped whole, its struct at kHeapArena.
inline void add_arena(FakeRuntime& fake) {
  fake.map(kHeapIndex, 32 << 20);
  fake.map(kArena, 64 << 20);
  fake.map(kHeapArena, 2162688);
  fake.put(Global::mheap, Field::mheap_arenas, kHeapIndex);
  fake.put(kHeapIndex + 8 * kArenaIndex, kHeapArena);
  fake.map(kScratch, 1 << 20);
}

// mspans side by side from `first` on, listed in mheap_.allspans.
inline void add_spans(FakeRuntime& fake, const std::vector<FakeSpan>& spans, Address first = kChunk + 64) {
  if (fake.target.mapping_at(kChunk) == nullptr) fake.map(kChunk, 256 << 10);
  fake.map(kSpanArray, 8192);
  fake.slice(fake.at(Global::mheap, Field::mheap_allspans), kSpanArray, spans.size(), 1024);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const Address at = first + i * kMspanSize;
    fake.put(kSpanArray + 8 * i, at);
    fake.put(at, Field::mspan_start, spans[i].begin);
    fake.put(at, Field::mspan_npages, spans[i].npages);
    fake.put(at, Field::mspan_limit, spans[i].begin + spans[i].npages * kRuntimePage);
    fake.put(at, Field::mspan_state, spans[i].state);
    fake.put(at, Field::mspan_elemsize, spans[i].elem_size);
    fake.put(at, Field::mspan_nelems, spans[i].nelems);
    fake.put(at, Field::mspan_alloc_count, spans[i].alloc_count);
    fake.put(at, Field::mspan_spanclass, spans[i].span_class);
  }
}

inline constexpr Address kAllp{0x7f0008000000};
inline constexpr std::uint64_t kPStride = 0x4000;  // a P, and 0x2000 further its mcache

inline Address p_at(std::uint32_t i) { return kAllp + 0x4000 + i * kPStride; }
inline Address mcache_at(std::uint32_t i) { return p_at(i) + 0x2000; }

// `count` Ps, each with an mcache; gomaxprocs = count.
inline void add_processors(FakeRuntime& fake, std::uint32_t count) {
  fake.map(kAllp, 0x4000 + count * kPStride);
  fake.slice(fake.at(Global::allp), kAllp, count, count);
  fake.put(fake.at(Global::gomaxprocs), count, 4);
  for (std::uint32_t i = 0; i < count; ++i) {
    fake.put(kAllp + 8 * i, p_at(i));
    fake.put(p_at(i), Field::p_mcache, mcache_at(i));
  }
}

inline AddressRange range(Address begin, std::uint64_t size) { return {begin, begin + size}; }

}  // namespace memmap::test
