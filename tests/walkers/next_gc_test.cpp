// MemStats.NextGC. The figures are worked out by hand from gcControllerState.heapGoalInternal and
// memoryLimitHeapGoal.
#include "go/walk/next_gc.h"

#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kNoLimit = 0x7fffffffffffffff;
constexpr std::uint64_t kNotTriggered = ~std::uint64_t{0};

struct Controller {
  std::uint64_t percent_goal = 100 * kMiB, limit = kNoLimit, mapped_ready = 40 * kMiB, heap_free = 2 * kMiB;
  std::uint64_t heap_alloc = 30 * kMiB, marked = 0, sweep_trigger = 0, triggered = kNotTriggered;
};

std::optional<std::uint64_t> goal_of(int minor, const Controller& c, const Flush& flush = {}, bool alloc_known = true) {
  FakeRuntime fake(minor);
  fake.put(Global::gc_controller, Field::controller_percent_goal, c.percent_goal);
  fake.put(Global::gc_controller, Field::controller_memory_limit, c.limit);
  fake.put(Global::gc_controller, Field::controller_mapped_ready, c.mapped_ready);
  fake.put(Global::gc_controller, Field::controller_heap_free, c.heap_free);
  fake.put(Global::gc_controller, Field::controller_heap_marked, c.marked);
  fake.put(Global::gc_controller, Field::controller_sweep_trigger, c.sweep_trigger);
  fake.put(Global::gc_controller, Field::controller_triggered, c.triggered);
  fake.model.counters.total_alloc = 1000 * kMiB + c.heap_alloc;
  if (alloc_known) fake.model.counters.total_free = 1000 * kMiB;
  return go::next_gc(fake.runtime(), fake.model.counters, flush, fake.findings);
}

}  // namespace

TEST_CASE("next gc: a counter to 1.16, the controller's goal in 1.17 and 1.18") {
  const int minor = GENERATE(11, 16, 17, 18);
  FakeRuntime fake(minor);
  if (minor <= 16)
    fake.put(Global::memstats, Field::stats_next_gc, 4194304);
  else
    fake.put(Global::gc_controller, Field::controller_heap_goal, 4194304);
  fake.walk("flush");
  CHECK(fake.model.counters.next_gc == 4194304);
}

TEST_CASE("next gc: without a memory limit the percent goal, raised by the triggers") {
  const int minor = GENERATE(19, 20, 21, 27);
  Controller c;
  CHECK(goal_of(minor, c) == 104857600);
  c.sweep_trigger = 104857601;
  CHECK(goal_of(minor, c) == 104857601);
  c.triggered = 104857601 - 65536;
  CHECK(goal_of(minor, c) == 104857601);
  c.triggered = 104857600;
  CHECK(goal_of(minor, c) == 104857600 + 65536);
}

TEST_CASE("next gc: a memory limit leaves headroom, 1 MiB to 1.20 and 3 % from 1.21") {
  Controller c;
  c.limit = 64 * kMiB;
  c.triggered = 200 * kMiB;  // plays no part where the limit decides
  // Not heap: 40 − 2 − 30 = 8 MiB. 64 − 8 = 56 MiB = 58,720,256; 3 × 587,202 = 1,761,606.
  CHECK(goal_of(19, c) == 57671680);
  CHECK(goal_of(20, c) == 57671680);
  CHECK(goal_of(21, c) == 56958650);
  CHECK(goal_of(27, c) == 56958650);
}

TEST_CASE("next gc: beyond the limit the overage counts too") {
  Controller c;
  c.limit = 64 * kMiB;
  c.mapped_ready = 70 * kMiB;
  // 70 − 2 − 30 = 38 and 6 over: 20 MiB are left, 3 % of which are less than 1 MiB.
  CHECK(goal_of(27, c) == 19922944);
  c.marked = 25 * kMiB;
  CHECK(goal_of(27, c) == 26214400);
  c.mapped_ready = 90 * kMiB;  // 58 and 26 over: more than the limit
  CHECK(goal_of(27, c) == 26214400);
}

TEST_CASE("next gc: never less than the headroom") {
  Controller c;
  c.limit = 64 * kMiB;
  c.mapped_ready = 64 * kMiB;
  c.heap_free = 0;
  c.heap_alloc = 1572864;  // 62.5 MiB are not heap: 1.5 MiB is left
  CHECK(goal_of(27, c) == 1048576);
  CHECK(goal_of(19, c) == 1048576);
}

TEST_CASE("next gc: what the flush moves counts") {
  Controller c;
  c.limit = 64 * kMiB;
  Flush flush;
  flush.stack_bytes = 1 * kMiB;  // heap free is 3 MiB: 57 MiB are left
  CHECK(goal_of(20, c, flush) == 56 * kMiB);
  flush.new_chunks = 4;  // and 1 MiB more is mapped
  CHECK(goal_of(20, c, flush) == 55 * kMiB);
  flush.own_mapping_bytes = 1 * kMiB;
  CHECK(goal_of(20, c, flush) == 54 * kMiB);
}

TEST_CASE("next gc: what the memory limit weighs and cannot be read leaves it unknown") {
  Controller c;
  Flush flush;
  const bool alloc_known = GENERATE(true, false);
  if (alloc_known) GENERATE(true, false) ? flush.stacks_known = false : flush.span_sets_known = false;
  CHECK(goal_of(27, c, flush, alloc_known) == 104857600);  // no limit: nothing is weighed
  c.limit = 64 * kMiB;
  CHECK_FALSE(goal_of(27, c, flush, alloc_known));
  c.limit = kNoLimit;
  c.percent_goal = ~0ull;  // GOGC=off: the limit decides, however far it is
  CHECK_FALSE(goal_of(27, c, flush, alloc_known));
}

TEST_CASE("next gc: a counter in a hole") {
  FakeRuntime fake(16);
  fake.image().hole(range(fake.at(Global::memstats), 4096));
  fake.walk("flush");
  CHECK_FALSE(fake.model.counters.next_gc);
  CHECK(fake.found("memstats.next_gc unreadable") == 1);
}

TEST_CASE("next gc: a controller in a hole") {
  FakeRuntime fake(27);
  fake.image().hole(range(fake.at(Global::gc_controller), 4096));
  fake.walk("flush");
  CHECK_FALSE(fake.model.counters.next_gc);
  CHECK(fake.found("gcController unreadable") == 1);
}
