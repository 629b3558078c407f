// The runtime's counters as they stand now, under one name for each meaning.
#include <bit>
#include <variant>

#include "go/walk/checked_read.h"
#include "go/walk/heap_stats.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

std::optional<std::uint64_t> fixalloc_inuse(const Runtime& runtime, Field pool, Findings& findings) {
  const Address at = runtime.at(runtime.global(Global::mheap), pool);
  return checked_word(runtime, runtime.at(at, Field::fixalloc_inuse), "fixalloc.inuse", findings);
}

// fixalloc charges a chunk before it hands out what is in it (mfixalloc.go). Which of the two
// is damaged is not known: both stay as ReadMemStats would give them.
void compare_with_sys(std::optional<std::uint64_t> inuse, std::uint64_t sys, Address memstats, Findings& findings) {
  if (inuse && *inuse > sys) findings.add(Severity::warning, {FaultCode::implausible, "fixalloc.inuse", memstats});
}

void read_sys_counters(const Record& stats, Counters& c) {
  c.stacks_sys = stats[Field::stats_stacks_sys];
  c.mspan_sys = stats[Field::stats_mspan_sys];
  c.mcache_sys = stats[Field::stats_mcache_sys];
  c.buckhash_sys = stats[Field::stats_buckhash_sys];
  c.gc_misc_sys = stats[Field::stats_gc_misc_sys];
  c.other_sys = stats[Field::stats_other_sys];
  c.last_gc = stats[Field::stats_last_gc];
  c.pause_total_ns = stats[Field::stats_pause_total];
  c.numgc = stats[Field::stats_numgc];
  c.numforcedgc = stats[Field::stats_numforcedgc];
  c.cpu_fraction = std::bit_cast<double>(stats[Field::stats_cpu_fraction]);
}

// stacks_inuse is live in memstats to 1.15 only, after that a copy that ReadMemStats refreshes:
// heapStats has the truth.
Result<std::monostate> add_heap_stats(const Runtime& runtime, const Record& stats, Counters& c) {
  if (!runtime.traits().consistent_heap_stats) {
    c.stacks_inuse = stats[Field::stats_stacks_inuse];
    return {};
  }
  const Result<HeapStats> heap = read_heap_stats(runtime);
  if (!heap) return tl::unexpected(heap.error());
  c.stacks_inuse = heap->in_stacks;
  c.gc_misc_sys += heap->in_work_bufs + heap->in_ptr_scalar_bits;
  c.metric_free = heap->committed - heap->in_heap - heap->in_stacks - heap->in_work_bufs - heap->in_ptr_scalar_bits;
  c.metric_released = heap->released;
  c.metric_in_heap = heap->in_heap;
  return {};
}

// To 1.15 memstats keeps live heap counters. 1.16 to 1.18 heap_sys, heap_inuse and heap_released
// stay there and idle is the difference; 1.19 moves all to gcController.
Result<std::monostate> read_heap_counters(const Runtime& runtime, const Record& stats, Counters& c) {
  if (!runtime.traits().heap_in_controller) {
    c.heap_inuse = stats[Field::stats_heap_inuse];
    c.heap_released = stats[Field::stats_heap_released];
    c.heap_free = runtime.traits().consistent_heap_stats ? stats[Field::stats_heap_sys] - c.heap_inuse - c.heap_released
                                                         : stats[Field::stats_heap_idle] - c.heap_released;
    return {};
  }
  std::vector<std::byte> scratch;
  const Result<Record> controller =
      Record::fetch(runtime.memory(), runtime.layout(), runtime.global(Global::gc_controller),
                    runtime.size_of(Type::gc_controller), "gcController", scratch);
  if (!controller) return tl::unexpected(controller.error());
  c.heap_inuse = (*controller)[Field::controller_heap_in_use];
  c.heap_released = (*controller)[Field::controller_heap_released];
  c.heap_free = (*controller)[Field::controller_heap_free];
  return {};
}

}  // namespace

void walk_memstats(const Runtime& runtime, Model& model, Findings& findings) {
  Counters& c = model.counters;
  c.has_metrics = runtime.traits().consistent_heap_stats;
  c.mspan_inuse = fixalloc_inuse(runtime, Field::mheap_spanalloc, findings);
  c.mcache_inuse = fixalloc_inuse(runtime, Field::mheap_cachealloc, findings);
  std::vector<std::byte> scratch;
  const Result<Record> stats = Record::fetch(runtime.memory(), runtime.layout(), runtime.global(Global::memstats),
                                             runtime.size_of(Type::mstats), "memstats", scratch);
  if (!stats) {
    findings.add(Severity::warning, stats.error());
    return;
  }
  read_sys_counters(*stats, c);
  compare_with_sys(c.mspan_inuse, c.mspan_sys, stats->address(), findings);
  compare_with_sys(c.mcache_inuse, c.mcache_sys, stats->address(), findings);
  const auto heap_stats = add_heap_stats(runtime, *stats, c);
  if (!heap_stats) return findings.add(Severity::warning, heap_stats.error());
  c.known = true;
  const auto heap = read_heap_counters(runtime, *stats, c);
  if (!heap) return findings.add(Severity::warning, heap.error());
  c.heap_known = true;
}

}  // namespace memmap::go
