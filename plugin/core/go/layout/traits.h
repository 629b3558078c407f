// Facts about this runtime that are not names, each derived from the presence of a field.
#pragma once

#include "go/layout/layout.h"

namespace memmap::go {

struct Traits {
  bool page_bitmaps = false;            // 1.14: free pages in bitmaps; before, in spans of state free
  bool arenas_mapped_whole = false;     // to 1.16: a new arena is mapped, and in HeapSys, at once
  bool consistent_heap_stats = false;   // 1.16: memstats.heapStats
  bool heap_in_controller = false;      // 1.19: heapInUse, heapFree, heapReleased in gcController
  bool cached_slots_uncounted = false;  // 1.19: slots of cached spans count when the span is flushed
  bool span_sets = false;               // 1.15: mcentral keeps spanSets
  bool linked_chunks = false;           // 1.12: the first word of a persistentalloc chunk links to the next
  bool whole_object_chunks = false;     // 1.18: fixalloc chunks hold whole objects only
  bool wide_tagged_pointers = false;    // 1.25: lfstack keeps 49 address bits, nodes are 512-byte aligned
  bool flush_precedes_inuse = false;    // 1.15: MSpanInuse is taken after the flush
  std::uint8_t weak_handle_kind = 0;    // special.kind of a weak handle (1.23)
  bool headroom_percent = false;        // 1.21: the memory limit's headroom is 3 % of it
};

Traits derive_traits(const Layout& layout);

}  // namespace memmap::go
