// What was found in the target, as plain values. Walkers fill it in; nothing after them reads
// target memory. Names are the runtime's own; units are bytes unless the name says pages.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "model/memstats.h"
#include "model/native.h"
#include "model/pieces.h"
#include "model/processors.h"
#include "model/runtime_info.h"

namespace memmap {

inline constexpr std::uint64_t kRuntimePage = 8192;            // _PageSize in every release
inline constexpr std::uint64_t kHeapArenaBytes = 64u << 20;    // heapArenaBytes, 64-bit linux
inline constexpr std::uint64_t kPersistentChunk = 256u << 10;  // persistentChunkSize

enum class SpanUse : std::uint8_t { heap, stack, workbuf, user_arena, free };

// A live mspan. 404,000 of them in a 4 GiB heap: kept small.
struct Span {
  Address begin;
  std::uint64_t elem_size = 0;       // bytes; 0 for work buffers
  std::uint32_t npages = 0;          // runtime pages of 8 KiB
  std::uint32_t index = 0;           // in mheap_.allspans
  std::uint32_t elem_count = 0;      // slots
  std::uint32_t alloc_count = 0;     // slots handed out, mspan.allocCount
  std::uint32_t released_pages = 0;  // of a free span, Go 1.11 to 1.13
  SpanUse use = SpanUse::heap;
  std::uint8_t span_class = 0;  // size class << 1 | noscan
  AddressRange range() const { return {begin, begin + std::uint64_t{npages} * kRuntimePage}; }
};

struct HeapArena {
  AddressRange range;
  std::uint32_t index = 0;  // in mheap_.arenas[0]
  bool user = false;        // made for package arena
  AddressRange metadata;    // its heapArena struct
};

// Runtime pages that belong to no span.
struct FreeRun {
  enum class State : std::uint8_t {
    free,      // still backed
    released,  // given back, or never touched
    padding,   // 1.26: allocated and released by the heap's random start
  };
  enum class Origin : std::uint8_t {
    page_bits,   // the bitmaps of pageAlloc
    page_cache,  // owned by a P's pcache
    cur_arena,   // mapped and not yet handed to the page allocator
    free_span,   // a span in state free, to Go 1.13
    gap,         // in no span and not marked free: between two steps of an allocation
  };
  AddressRange range;
  std::uint32_t index = 0;  // of the P or of the span
  State state = State::free;
  Origin origin = Origin::page_bits;
};

struct StackRange {
  enum class Use : std::uint8_t { goroutine, g0, gsignal, gcrash, free };
  AddressRange range;
  std::uint64_t id = 0;     // goroutine id, 0 where the g is dead; or thread id
  std::uint32_t index = 0;  // in allgs, or in the walk
  Use use = Use::goroutine;
};

// Bytes that are charged to gc_misc_sys and whose place nobody remembers: outgrown arrays.
struct Unplaced {
  std::string name;
  std::uint64_t bytes = 0;
  std::uint64_t in_chunks = 0;  // of them, what lies in persistentalloc chunks
};

// What a user's annotator called a range: Path::added numbers them.
struct Added {
  std::string name;
  std::string by;  // the annotator
};

struct Model {
  RuntimeInfo runtime;
  Processors processors;
  std::vector<HeapArena> arenas;          // in address order
  std::vector<AddressRange> heap_mapped;  // parts of the arenas that the heap has mapped
  std::vector<Span> spans;                // in address order, disjoint
  std::vector<Address> special_lists;     // heads of the spans' lists of specials, where not nil
  std::vector<FreeRun> free_runs;         // in address order, disjoint
  std::vector<StackRange> stacks;         // those of goroutines first, in the order of allgs
  Pieces pieces;                          // of the runtime's metadata
  std::vector<Unplaced> unplaced;
  Counters counters;
  Recount recount;
  Flush flush;
  NativeMemory native;
  std::vector<Added> added;
};

}  // namespace memmap
