// The runtime's counters with one name per meaning in every release, and what it takes to say
// what runtime.ReadMemStats and runtime/metrics.Read would return now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memmap {

// As the counters stand now, before any flush. gc_misc_sys includes work buffers and GC programs.
// `known` is about those that are no optional, but for heap_inuse, heap_free and heap_released:
// from 1.19 these lie in another global.
struct Counters {
  bool known = false;
  bool heap_known = false;  // with `known`: every counter, and sys()
  std::uint64_t heap_inuse = 0, heap_free = 0, heap_released = 0;
  std::uint64_t stacks_inuse = 0, stacks_sys = 0;
  std::uint64_t mspan_sys = 0, mcache_sys = 0;
  std::optional<std::uint64_t> mspan_inuse, mcache_inuse;
  std::uint64_t buckhash_sys = 0, gc_misc_sys = 0, other_sys = 0;

  std::uint64_t last_gc = 0, pause_total_ns = 0;
  std::uint64_t numgc = 0, numforcedgc = 0;
  double cpu_fraction = 0;

  // With the flush that ReadMemStats performs. Empty where something that they are summed up from
  // cannot be read.
  std::optional<std::uint64_t> total_alloc, total_free;  // bytes
  std::optional<std::uint64_t> mallocs, frees;           // objects
  std::optional<std::uint64_t> next_gc;

  // Bytes of objects; empty unless both counters are known.
  std::optional<std::uint64_t> alloc() const {
    return total_alloc && total_free ? std::optional(*total_alloc - *total_free) : std::nullopt;
  }
  std::optional<std::uint64_t> objects() const {
    return mallocs && frees ? std::optional(*mallocs - *frees) : std::nullopt;
  }

  // runtime/metrics, 1.16 and newer; flushes nothing.
  bool has_metrics = false;
  std::optional<std::uint64_t> metric_objects;  // /memory/classes/heap/objects
  std::uint64_t metric_free = 0;                // heapStats: committed less what is in use
  std::uint64_t metric_released = 0, metric_in_heap = 0;

  std::uint64_t sys() const {
    return heap_inuse + heap_free + heap_released + stacks_inuse + stacks_sys + mspan_sys + mcache_sys + buckhash_sys +
           gc_misc_sys + other_sys;
  }
};

// The same from structures, where the map alone does not say it.
struct Recount {
  std::uint64_t alloc = 0;    // Σ allocCount · elemsize over spans in use
  std::uint64_t objects = 0;  // Σ allocCount
  // What the metric heap/objects counts otherwise for spans that a P has cached: signed. Empty if
  // not all of them can be read.
  std::optional<std::int64_t> metric_adjust;
  // Empty where a list of these cannot be read to its end.
  std::optional<std::uint64_t> mspan_inuse;  // (len(allspans) − free mspans) · sizeof(mspan)
  std::optional<std::uint64_t> mcache_inuse;
  std::uint64_t released_uncertain = 0;  // 1.11: released pages of which only the count is known
};

// What the flush inside ReadMemStats would change (mcaches and stack caches of all Ps).
struct Flush {
  std::uint64_t stack_bytes = 0;        // stack spans freed: leave stacks_inuse, join heap_free
  std::uint64_t span_set_bytes = 0;     // span set blocks and spines: leave other_sys, join gc_misc_sys
  std::uint64_t new_chunks = 0;         // persistentalloc chunks that this takes
  std::uint64_t mspans_freed = 0;       // mspans that go back to fixalloc, bytes
  std::uint64_t stale_spans = 0;        // cached spans that the flush would sweep: result not predictable
  std::uint64_t own_mapping_bytes = 0;  // spines too large for a chunk: new, join gc_misc_sys
  // False where something that the flush goes through cannot be read.
  bool stacks_known = true;     // stack_bytes
  bool mspans_known = true;     // mspans_freed; to 1.14 MSpanInuse is taken before the flush
  bool span_sets_known = true;  // span_set_bytes, new_chunks, own_mapping_bytes
};

}  // namespace memmap
