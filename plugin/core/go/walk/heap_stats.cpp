#include "go/walk/heap_stats.h"

namespace memmap::go {
namespace {

void add_array(const Record& delta, const Runtime& runtime, Field field, std::vector<std::uint64_t>& sums) {
  sums.resize(runtime.place(field).count);
  for (std::uint32_t i = 0; i < sums.size(); ++i) sums[i] += delta.element(field, i);
}

void add_delta(const Record& delta, const Runtime& runtime, HeapStats& stats) {
  stats.committed += delta[Field::delta_committed];
  stats.released += delta[Field::delta_released];
  stats.in_heap += delta[Field::delta_in_heap];
  stats.in_stacks += delta[Field::delta_in_stacks];
  stats.in_work_bufs += delta[Field::delta_in_work_bufs];
  stats.in_ptr_scalar_bits += delta.value_or(Field::delta_in_ptr_scalar_bits, 0);
  stats.tiny_allocs += delta.value_or(Field::delta_tiny_alloc_count, 0);
  stats.large_alloc += delta[Field::delta_large_alloc];
  stats.large_allocs += delta[Field::delta_large_alloc_count];
  stats.large_free += delta[Field::delta_large_free];
  stats.large_frees += delta[Field::delta_large_free_count];
  add_array(delta, runtime, Field::delta_small_alloc_count, stats.small_allocs);
  add_array(delta, runtime, Field::delta_small_free_count, stats.small_frees);
}

}  // namespace

Result<HeapStats> read_heap_stats(const Runtime& runtime) {
  const Address ring = runtime.at(runtime.global(Global::memstats), Field::stats_heap_stats);
  const FieldPlace place = runtime.place(Field::stats_heap_stats);
  // Both are by size class, and are looked at side by side.
  if (runtime.place(Field::delta_small_alloc_count).count != runtime.place(Field::delta_small_free_count).count)
    return fault(FaultCode::implausible, "memstats.heapStats", ring);
  HeapStats stats;
  std::vector<std::byte> scratch;
  for (std::uint32_t i = 0; i < place.count; ++i) {
    const Result<Record> delta =
        Record::fetch(runtime.memory(), runtime.layout(), ring + i * std::uint64_t{place.stride}, place.stride,
                      "memstats.heapStats", scratch);
    if (!delta) return tl::unexpected(delta.error());
    add_delta(*delta, runtime, stats);
  }
  return stats;
}

}  // namespace memmap::go
