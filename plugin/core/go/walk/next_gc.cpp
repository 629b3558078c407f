#include "go/walk/next_gc.h"

#include <algorithm>

#include "go/walk/checked_read.h"
#include "model/model.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kNoLimit = 0x7fffffffffffffff;  // maxInt64: there is no memory limit

// gcControllerState.memoryLimitHeapGoal, 1.19.
std::uint64_t memory_limit_goal(const Runtime& runtime, const Record& c, std::uint64_t heap_alloc, const Flush& flush) {
  constexpr std::uint64_t kLeastHeadroom = 1 << 20;
  const std::uint64_t heap_free = c[Field::controller_heap_free] + flush.stack_bytes;
  const std::uint64_t mapped_ready =
      c[Field::controller_mapped_ready] + flush.new_chunks * kPersistentChunk + flush.own_mapping_bytes;
  const std::uint64_t limit = c[Field::controller_memory_limit];
  const std::uint64_t marked = c[Field::controller_heap_marked];
  const std::uint64_t non_heap = mapped_ready - heap_free - heap_alloc;
  const std::uint64_t overage = mapped_ready > limit ? mapped_ready - limit : 0;
  if (non_heap + overage >= limit) return marked;
  std::uint64_t goal = limit - (non_heap + overage);
  // 1.21 and newer keep 3 % free, at least 1 MiB; 1.19 and 1.20 keep 1 MiB.
  std::uint64_t headroom = kLeastHeadroom;
  if (runtime.traits().headroom_percent) headroom = std::max(headroom, goal / 100 * 3);
  goal = goal < headroom || goal - headroom < headroom ? headroom : goal - headroom;
  return std::max(goal, marked);
}

// gcControllerState.heapGoalInternal, 1.19.
std::optional<std::uint64_t> computed_goal(const Runtime& runtime, const Record& c, const Counters& counters,
                                           const Flush& flush) {
  constexpr std::uint64_t kMinRunway = 64 << 10;
  std::uint64_t goal = c[Field::controller_percent_goal];
  const std::optional<std::uint64_t> heap_alloc = counters.alloc();
  if (heap_alloc && flush.stacks_known && flush.span_sets_known) {
    const std::uint64_t limit_goal = memory_limit_goal(runtime, c, *heap_alloc, flush);
    if (limit_goal < goal) return limit_goal;
  } else if (c[Field::controller_memory_limit] != kNoLimit || goal > kNoLimit / 2) {
    return std::nullopt;  // the limit may decide: it is set, or GOGC is off
  }
  goal = std::max(goal, c[Field::controller_sweep_trigger]);
  const std::uint64_t triggered = c[Field::controller_triggered];
  if (triggered != ~std::uint64_t{0} && goal < triggered + kMinRunway) goal = triggered + kMinRunway;
  return goal;
}

}  // namespace

std::optional<std::uint64_t> next_gc(const Runtime& runtime, const Counters& counters, const Flush& flush,
                                     Findings& findings) {
  if (runtime.has(Group::next_gc))
    return checked_word(runtime, runtime.at(runtime.global(Global::memstats), Field::stats_next_gc), "memstats.next_gc",
                        findings);
  const bool computed = runtime.has(Group::computed_goal) && runtime.has(Group::heap_in_controller);
  if (!runtime.has(Group::kept_goal) && !computed) return std::nullopt;
  std::vector<std::byte> scratch;
  const Result<Record> controller =
      Record::fetch(runtime.memory(), runtime.layout(), runtime.global(Global::gc_controller),
                    runtime.size_of(Type::gc_controller), "gcController", scratch);
  if (!controller) {
    findings.add(Severity::warning, controller.error());
    return std::nullopt;
  }
  if (runtime.has(Group::kept_goal)) return (*controller)[Field::controller_heap_goal];
  return computed_goal(runtime, *controller, counters, flush);
}

}  // namespace memmap::go
