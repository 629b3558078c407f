// /memory/classes of runtime/metrics (1.16): the same memory, without any flush
// (runtime.initMetrics, metrics.go).
#include "ledger/sums.h"

namespace memmap {
namespace {

using Figure = std::optional<std::uint64_t>;  // empty: not known

// Empty also where damage leaves more to be taken away than there is.
Figure minus(Figure a, Figure b) { return a && b && *a >= *b ? Figure(*a - *b) : std::nullopt; }

}  // namespace

std::vector<ClassLine> class_lines(const Model& model, const KindSums& sums) {
  const Counters& c = model.counters;
  if (!c.has_metrics) return {};
  const Recount& r = model.recount;
  const Figure objects =
      r.metric_adjust ? Figure(r.alloc + static_cast<std::uint64_t>(*r.metric_adjust)) : std::nullopt;
  std::uint64_t unplaced = 0;
  std::uint64_t unplaced_in_chunks = 0;
  for (const Unplaced& lost : model.unplaced) {
    unplaced += lost.bytes;
    unplaced_in_chunks += lost.in_chunks;
  }
  const std::uint64_t gc = sums.of(Counter::gc_misc_sys) + unplaced;
  const std::uint64_t other = sums.of(Counter::other_sys) - unplaced_in_chunks;
  const std::uint64_t free = sums.of(Counter::heap_free) - r.released_uncertain;
  const std::uint64_t released = sums.of(Counter::heap_released) + r.released_uncertain;
  const std::uint64_t rest = sums.of(Counter::stacks_sys) + sums.of(Counter::mspan_sys) + sums.of(Counter::mcache_sys) +
                             sums.of(Counter::buckhash_sys) + gc + other;
  const std::uint64_t heap = sums.of(Counter::heap_inuse) + free + released + sums.of(Counter::stacks_inuse);
  const std::uint64_t counted = c.metric_in_heap + c.metric_free + c.metric_released + c.stacks_inuse + c.stacks_sys +
                                c.mspan_sys + c.mcache_sys + c.buckhash_sys + c.gc_misc_sys + c.other_sys;
  std::vector<ClassLine> lines = {
      {"/memory/classes/heap/free:bytes", c.metric_free, free},
      {"/memory/classes/heap/objects:bytes", c.metric_objects, objects},
      {"/memory/classes/heap/released:bytes", c.metric_released, released},
      {"/memory/classes/heap/stacks:bytes", c.stacks_inuse, sums.of(Counter::stacks_inuse)},
      {"/memory/classes/heap/unused:bytes", minus(c.metric_in_heap, c.metric_objects),
       minus(sums.of(Counter::heap_inuse), objects)},
      {"/memory/classes/metadata/mcache/free:bytes", minus(c.mcache_sys, c.mcache_inuse),
       minus(sums.of(Counter::mcache_sys), r.mcache_inuse)},
      {"/memory/classes/metadata/mcache/inuse:bytes", c.mcache_inuse, r.mcache_inuse},
      {"/memory/classes/metadata/mspan/free:bytes", minus(c.mspan_sys, c.mspan_inuse),
       minus(sums.of(Counter::mspan_sys), r.mspan_inuse)},
      {"/memory/classes/metadata/mspan/inuse:bytes", c.mspan_inuse, r.mspan_inuse},
      {"/memory/classes/metadata/other:bytes", c.gc_misc_sys, gc},
      {"/memory/classes/os-stacks:bytes", c.stacks_sys, sums.of(Counter::stacks_sys)},
      {"/memory/classes/other:bytes", c.other_sys, other},
      {"/memory/classes/profiling/buckets:bytes", c.buckhash_sys, sums.of(Counter::buckhash_sys)},
      {"/memory/classes/total:bytes", counted, heap + rest},
  };
  if (!c.known)
    for (ClassLine& line : lines) line.counter.reset();
  return lines;
}

}  // namespace memmap
