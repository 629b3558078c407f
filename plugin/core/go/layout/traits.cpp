#include "go/layout/traits.h"

namespace memmap::go {

Traits derive_traits(const Layout& layout) {
  Traits traits;
  traits.page_bitmaps = layout.has(Field::mheap_pages);
  traits.arenas_mapped_whole = !layout.has(Field::linear_map_memory);
  traits.consistent_heap_stats = layout.has(Field::stats_heap_stats);
  traits.heap_in_controller = layout.has(Field::controller_heap_in_use);
  traits.cached_slots_uncounted = layout.has(Field::mspan_count_before_cache);
  // 1.15 declares both; its live implementation is the span set (go115NewMCentralImpl).
  traits.span_sets = layout.has(Field::mcentral_partial);
  traits.linked_chunks = layout.has(Global::persistent_chunks);
  traits.whole_object_chunks = layout.has(Field::fixalloc_nalloc);
  // tagptr_64bit.go, 1.25: tagAlign 512, which is also when heapArenas got its name.
  traits.wide_tagged_pointers = layout.has(Field::mheap_user_arena_arenas);
  traits.weak_handle_kind = static_cast<std::uint8_t>(layout[Constant::kind_special_weak_handle]);
  traits.flush_precedes_inuse = traits.span_sets;
  // memoryLimitHeapGoalHeadroomPercent came with 1.21, like pageAlloc.chunkHugePages.
  traits.headroom_percent = layout.has(Field::page_alloc_huge_pages);
  return traits;
}

}  // namespace memmap::go
