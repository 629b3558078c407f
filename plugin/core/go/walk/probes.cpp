// Probes: invariants that hold in any healthy process and break when a layout is read wrongly or
// the process was stopped in the middle of an operation.
#include <algorithm>

#include "go/arena_index.h"
#include "go/walk/heap_stats.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

class Probes {
 public:
  Probes(const Runtime& runtime, Model& model) : runtime_(runtime), model_(model) {}

  void run() {
    page_size();
    spans_lie_in_arenas();
    arenas_point_back();
    pages_add_up();
    const bool counted = model_.counters.heap_known;  // else findings say why not
    if (counted) heap_adds_up();
    if (counted) counters_plausible();
    objects_fit();
    stacks_fit();
    if (counted && runtime_.traits().consistent_heap_stats) heap_stats_agree();
    if (counted && runtime_.traits().heap_in_controller) controller_agrees();
  }

 private:
  Probe& probe(std::string_view name, std::string_view meaning) {
    return model_.runtime.probes.emplace_back(Probe{name, meaning, 0, 0, {}});
  }
  static void test(Probe& probe, bool holds, Address where = {}) {
    ++probe.tried;
    if (holds)
      ++probe.held;
    else if (probe.first_failure.is_null())
      probe.first_failure = where;
  }

  void page_size() {
    Probe& p = probe("physical_page", "physPageSize is the page size that the kernel told the process (AT_PAGESZ)");
    test(p, runtime_.physical_page() == runtime_.target().platform.page_size, runtime_.global(Global::phys_page_size));
  }

  void spans_lie_in_arenas() {
    Probe& p = probe("spans_in_arenas", "every live span lies in a heap arena of the list");
    auto arena = model_.arenas.begin();
    for (const Span& span : model_.spans) {
      while (arena != model_.arenas.end() && arena->range.end <= span.begin) ++arena;
      test(p, arena != model_.arenas.end() && arena->range.contains(span.begin), span.begin);
    }
  }

  // heapArena.spans leads from a page back to its mspan. A sample: one span of each arena.
  void arenas_point_back() {
    Probe& p = probe("arenas_point_back", "heapArena.spans of a span's first page names that mspan");
    const Result<Slice> allspans = runtime_.slice(runtime_.global(Global::mheap), Field::mheap_allspans);
    if (!allspans) return;
    auto span = model_.spans.begin();
    for (const HeapArena& arena : model_.arenas) {
      while (span != model_.spans.end() && span->begin < arena.range.begin) ++span;
      if (span == model_.spans.end() || !arena.range.contains(span->begin)) continue;
      const Result<std::uint64_t> mspan =
          read_word(runtime_.memory(), allspans->array + std::uint64_t{span->index} * 8);
      const std::uint64_t page = (span->begin - arena.range.begin) / kRuntimePage;
      const Address slot = runtime_.at(arena.metadata.begin, Field::heap_arena_spans) + page * 8;
      const Result<std::uint64_t> named = read_word(runtime_.memory(), slot);
      test(p, mspan && named && *mspan == *named, slot);
    }
  }

  void pages_add_up() {
    Probe& p = probe("pages_add_up", "every page of the mapped heap is in exactly one span or free");
    for (const FreeRun& run : model_.free_runs) test(p, run.origin != FreeRun::Origin::gap, run.range.begin);
    std::uint64_t pages = 0;
    for (const Span& span : model_.spans) pages += span.range().size();
    for (const FreeRun& run : model_.free_runs) pages += run.range.size();
    std::uint64_t mapped = 0;
    for (const AddressRange& range : model_.heap_mapped) mapped += range.size();
    test(p, pages == mapped, model_.heap_mapped.empty() ? Address() : model_.heap_mapped.front().begin);
  }

  // mheap.grow, allocSpan, freeSpanLocked: bytes only move between these counters.
  void heap_adds_up() {
    Probe& p = probe("heap_adds_up", "heap counters, stacks and manual spans add up to the mapped heap");
    std::uint64_t manual = 0;
    for (const Span& span : model_.spans)
      if (span.use == SpanUse::workbuf) manual += span.range().size();
    std::uint64_t mapped = 0;
    for (const AddressRange& range : model_.heap_mapped) mapped += range.size();
    const Counters& c = model_.counters;
    test(p, c.heap_inuse + c.heap_free + c.heap_released + c.stacks_inuse + manual == mapped,
         runtime_.global(Global::memstats));
  }

  void counters_plausible() {
    Probe& p = probe("counters_plausible", "no counter is negative or larger than the address space");
    const Counters& c = model_.counters;
    for (const std::uint64_t counter : {c.heap_inuse, c.heap_free, c.heap_released, c.stacks_inuse, c.stacks_sys,
                                        c.mspan_sys, c.mcache_sys, c.buckhash_sys, c.gc_misc_sys, c.other_sys})
      test(p, counter < (std::uint64_t{1} << 47), runtime_.global(Global::memstats));
  }

  void objects_fit() {
    Probe& p = probe("objects_fit", "no span has more objects than slots, nor slots beyond its pages");
    for (const Span& span : model_.spans) {
      if (span.use != SpanUse::heap) continue;
      test(p, span.alloc_count <= span.elem_count && span.elem_count * span.elem_size <= span.range().size(),
           span.begin);
    }
  }

  void stacks_fit() {
    Probe& p = probe("stacks_fit", "a goroutine's stack is no larger than a stack span's slot");
    for (const StackRange& stack : model_.stacks) {
      const auto after = std::upper_bound(model_.spans.begin(), model_.spans.end(), stack.range.begin,
                                          [](Address a, const Span& s) { return a < s.begin; });
      if (after == model_.spans.begin()) continue;
      const Span& span = *std::prev(after);
      if (!span.range().contains(stack.range.begin)) continue;
      test(p, span.use == SpanUse::stack && stack.range.size() <= span.elem_size, stack.range.begin);
    }
  }

  // consistentHeapStats (1.16): the sums of the deltas are the counters.
  void heap_stats_agree() {
    Probe& p = probe("heap_stats_agree", "memstats.heapStats agrees with the heap counters");
    const Counters& c = model_.counters;
    const Address where = runtime_.global(Global::memstats);
    test(p, c.metric_in_heap == c.heap_inuse, where);
    test(p, c.metric_released == c.heap_released, where);
    test(p, c.metric_free == c.heap_free, where);
  }

  // gcController (1.19): what ReadMemStats itself checks in doubleCheckReadMemStats.
  void controller_agrees() {
    Probe& p = probe("controller_agrees", "gcController.mappedReady is Sys less what is released");
    const Result<std::uint64_t> ready = read_word(
        runtime_.memory(), runtime_.at(runtime_.global(Global::gc_controller), Field::controller_mapped_ready));
    const Counters& c = model_.counters;
    test(p, ready && *ready == c.sys() - c.heap_released, runtime_.global(Global::gc_controller));
  }

  const Runtime& runtime_;
  Model& model_;
};

}  // namespace

void walk_probes(const Runtime& runtime, Model& model, Findings&) { Probes(runtime, model).run(); }

}  // namespace memmap::go
