#include "go/layout/traits.h"

namespace memmap::go {

Traits derive_traits(const Layout& layout) {
  Traits traits;
  traits.page_bitmaps = layout.has(Group::page_alloc);
  traits.arenas_mapped_whole = !layout.has(Group::stepwise_arenas);
  traits.consistent_heap_stats = layout.has(Group::heap_stats);
  traits.heap_in_controller = layout.has(Group::heap_in_controller);
  traits.cached_slots_uncounted = layout.has(Group::count_before_cache);
  // 1.15 declares both; its live implementation is the span set (go115NewMCentralImpl).
  traits.span_sets = layout.has(Group::span_sets);
  traits.linked_chunks = layout.has(Global::persistent_chunks);
  traits.whole_object_chunks = layout.has(Group::whole_objects);
  // tagptr_64bit.go, 1.25: tagAlign 512, which is also when heapArenas got its name.
  traits.wide_tagged_pointers = layout.has(Group::user_arena_list);
  traits.weak_handle_kind = static_cast<std::uint8_t>(layout[Constant::kind_special_weak_handle]);
  traits.flush_precedes_inuse = traits.span_sets;
  // memoryLimitHeapGoalHeadroomPercent came with 1.21, like pageAlloc.chunkHugePages.
  traits.headroom_percent = layout.has(Group::huge_pages);
  return traits;
}

}  // namespace memmap::go
