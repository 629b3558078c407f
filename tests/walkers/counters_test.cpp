// walk_memstats and walk_objects: every figure worked out by hand.
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

Address delta(const FakeRuntime& fake, std::uint32_t i) {
  return fake.at(Global::memstats, Field::stats_heap_stats, i);
}

// One P with a span of 512 slots of 16 bytes cached in alloc[5]: 10 slots taken, 4 of them before.
FakeRuntime with_cached_span(int minor) {
  FakeRuntime fake(minor);
  fake.map(kScratch, 1 << 20);
  add_processors(fake, 1);
  const std::uint64_t sizes[] = {0, 8, 16, 24};
  for (std::uint32_t i = 0; i < 4; ++i) fake.put(fake.at(Global::class_to_size) + 2 * i, sizes[i], 2);
  fake.put(mcache_at(0), Field::mcache_alloc, kScratch.value(), 5);
  fake.put(mcache_at(0), Field::mcache_alloc, fake.at(Global::emptymspan).value(), 6);
  fake.put(mcache_at(0), Field::mcache_tiny_allocs, 3);
  fake.put(kScratch, Field::mspan_elemsize, 16);
  fake.put(kScratch, Field::mspan_nelems, 512);
  fake.put(kScratch, Field::mspan_alloc_count, 10);
  if (minor >= 19) fake.put(kScratch, Field::mspan_count_before_cache, 4);
  Span span;
  span.elem_size = 16;
  span.alloc_count = 10;
  fake.model.spans = {span};
  return fake;
}

void put_heap_stats(FakeRuntime& fake, int minor) {
  fake.put(delta(fake, 0), Field::delta_small_alloc_count, 700, 2);
  fake.put(delta(fake, 2), Field::delta_small_alloc_count, 300, 2);
  fake.put(delta(fake, 1), Field::delta_small_free_count, 30, 2);
  fake.put(delta(fake, 0), Field::delta_large_alloc, 65536);
  fake.put(delta(fake, 0), Field::delta_large_alloc_count, 2);
  fake.put(delta(fake, 1), Field::delta_large_free, 32768);
  fake.put(delta(fake, 1), Field::delta_large_free_count, 1);
  if (minor >= 17)
    fake.put(delta(fake, 2), Field::delta_tiny_alloc_count, 5);
  else
    fake.put(Global::memstats, Field::stats_tinyallocs, 5);
}

}  // namespace

TEST_CASE("objects: heapStats of 1.16 and newer, as if the caches were flushed") {
  const int minor = GENERATE(16, 18, 19, 27);
  FakeRuntime fake = with_cached_span(minor);
  put_heap_stats(fake, minor);
  fake.walk("objects");
  const Counters& c = fake.model.counters;
  // To 1.18 all 512 slots count while cached; from 1.19 the 6 taken since do not.
  const std::uint64_t small = minor >= 19 ? 1000 + 6 : 1000 - 502;
  CHECK(c.mallocs == 2 + 8 + small);
  CHECK(c.total_alloc == 65536 + small * 16);
  CHECK(c.frees == 1 + 8 + 30);
  CHECK(c.total_free == 32768 + 480);
  CHECK(c.metric_objects == 65536 - 32768 + 970 * 16);
  CHECK(fake.model.recount.alloc == 160);
  CHECK(fake.model.recount.objects == 10);
  CHECK(fake.model.recount.metric_adjust == (minor >= 19 ? -96 : 502 * 16));
}

TEST_CASE("objects: a user arena chunk is one object") {
  FakeRuntime fake = with_cached_span(27);
  put_heap_stats(fake, 27);
  Span chunk;
  chunk.use = SpanUse::user_arena;
  chunk.elem_size = 8257488;
  chunk.alloc_count = 1;
  fake.model.spans.push_back(chunk);
  fake.walk("objects");
  CHECK(fake.model.recount.alloc == 160 + 8257488);
  CHECK(fake.model.recount.objects == 11);
}

TEST_CASE("objects: mheap, mcentrals and mcaches to 1.15") {
  FakeRuntime fake = with_cached_span(GENERATE(11, 13, 15));
  fake.put(Global::mheap, Field::mheap_nlargealloc, 2);
  fake.put(Global::mheap, Field::mheap_largealloc, 65536);
  fake.put(Global::mheap, Field::mheap_nlargefree, 1);
  fake.put(Global::mheap, Field::mheap_largefree, 32768);
  fake.put(fake.at(Global::mheap), Field::mheap_nsmallfree, 20, 2);
  fake.put(fake.at(Global::mheap, Field::mheap_central, 5), Field::mcentral_nmalloc, 1000);
  fake.put(mcache_at(0), Field::mcache_nsmallfree, 10, 2);
  fake.put(mcache_at(0), Field::mcache_nlargefree, 1);
  fake.put(mcache_at(0), Field::mcache_largefree, 8192);
  fake.put(Global::memstats, Field::stats_tinyallocs, 5);
  fake.walk("objects");
  const Counters& c = fake.model.counters;
  CHECK(c.mallocs == 2 + 8 + 1000 - 502);
  CHECK(c.total_alloc == 65536 + 498 * 16);
  CHECK(c.frees == 1 + 8 + 20 + 10 + 1);
  CHECK(c.total_free == 32768 + 8192 + 30 * 16);
  CHECK(fake.model.recount.metric_adjust == 0);
}

TEST_CASE("objects: a span cached since before the sweep is counted as such from 1.12 on") {
  const int minor = GENERATE(11, 12, 27);
  FakeRuntime fake = with_cached_span(minor);
  fake.put(Global::mheap, Field::mheap_sweepgen, 0xffffffff);
  fake.put(kScratch, Field::mspan_sweepgen, 0);  // wraps
  fake.walk("objects");
  CHECK(fake.model.flush.stale_spans == (minor == 11 ? 0 : 1));
}

TEST_CASE("objects: an inactive P and an empty cache add nothing") {
  FakeRuntime fake = with_cached_span(27);
  fake.put(fake.at(Global::gomaxprocs), 0, 4);
  fake.walk("objects");
  CHECK(fake.model.counters.mallocs == 0);
}

TEST_CASE("objects: damage is named") {
  FakeRuntime fake = with_cached_span(27);
  put_heap_stats(fake, 27);
  SECTION("cached span in a hole") {
    fake.put(mcache_at(0), Field::mcache_alloc, kNowhere.value(), 5);
    fake.walk("objects");
    CHECK(fake.found("mspan in an mcache unreadable") == 1);
    CHECK_FALSE(fake.model.counters.mallocs);
    CHECK(fake.model.counters.metric_objects == 65536 - 32768 + 970 * 16);
    CHECK_FALSE(fake.model.recount.metric_adjust);
  }
  SECTION("more objects than slots in a cached span") {
    fake.put(kScratch, Field::mspan_alloc_count, 513);
    fake.walk("objects");
    CHECK(fake.found("mspan in an mcache implausible") == 1);
    CHECK_FALSE(fake.model.counters.mallocs);
  }
  SECTION("mcache in a hole") {
    fake.put(p_at(0), Field::p_mcache, kNowhere);
    fake.walk("objects");
    CHECK(fake.found("mcache.tinyAllocs unreadable") == 1);
    CHECK(fake.found("mcache.alloc unreadable") > 0);
    CHECK_FALSE(fake.model.counters.frees);
  }
  SECTION("M and stack caches in a hole: no object is there") {
    fake.put(p_at(0), Field::p_m, kNowhere);
    fake.image().hole(range(fake.at(mcache_at(0), Field::mcache_stackcache), 64));
    fake.walk("objects");
    CHECK(fake.found("m of a P unreadable") == 1);
    CHECK(fake.found("stack cache of a P unreadable") == 4);
    CHECK(fake.model.counters.mallocs == 2 + 8 + 1006);
    CHECK(fake.model.counters.total_free == 32768 + 480);
    CHECK(fake.model.recount.metric_adjust == -96);
  }
  SECTION("Ps in a hole") {
    fake.slice(fake.at(Global::allp), kNowhere, 1, 1);
    fake.walk("objects");
    CHECK(fake.found("allp implausible") == 1);
    CHECK_FALSE(fake.model.counters.mallocs);
  }
  SECTION("size classes in a hole") {
    fake.image().hole(range(fake.at(Global::class_to_size), 4096));
    fake.walk("objects");
    CHECK(fake.found("size class table unreadable") == 1);
    CHECK(fake.model.counters.mallocs == 2 + 8 + 1006);  // these need no sizes
    CHECK(fake.model.counters.objects() == 1016 - 39);
    CHECK_FALSE(fake.model.counters.total_alloc);
    CHECK_FALSE(fake.model.counters.alloc());
    CHECK_FALSE(fake.model.counters.metric_objects);
  }
  SECTION("heapStats in a hole") {
    fake.image().hole(range(fake.at(Global::memstats), 4096));
    fake.walk("objects");
    fake.walk("memstats");
    CHECK(fake.found("memstats") == 2);
    CHECK_FALSE(fake.model.counters.known);
    CHECK(fake.model.counters.has_metrics);
    CHECK_FALSE(fake.model.counters.mallocs);
    CHECK_FALSE(fake.model.counters.metric_objects);
  }
  CHECK(fake.model.recount.alloc == 160);
  CHECK(fake.model.recount.objects == 10);
}

TEST_CASE("objects: a counter of mheap_ or memstats in a hole leaves none, to 1.15") {
  FakeRuntime fake = with_cached_span(GENERATE(11, 15));
  const auto [global, field, what] =
      GENERATE(table<Global, Field, const char*>({{Global::mheap, Field::mheap_nlargealloc, "large objects of mheap_"},
                                                  {Global::mheap, Field::mheap_nsmallfree, "frees of small objects"},
                                                  {Global::memstats, Field::stats_tinyallocs, "memstats.tinyallocs"}}));
  fake.image().hole(range(fake.at(global, field, field == Field::mheap_nsmallfree ? 1 : 0), 8));
  fake.walk("objects");
  CHECK(fake.found(what) == 1);
  CHECK_FALSE(fake.model.counters.mallocs);
  CHECK_FALSE(fake.model.counters.frees);
  CHECK_FALSE(fake.model.counters.alloc());
  CHECK(fake.model.recount.alloc == 160);
}

TEST_CASE("memstats: where each release keeps the heap's counters") {
  const int minor = GENERATE(11, 15, 16, 18, 19, 24, 27);
  FakeRuntime fake(minor);
  if (minor < 19) {
    fake.put(Global::memstats, Field::stats_heap_inuse, 1000);
    fake.put(Global::memstats, Field::stats_heap_released, 300);
    fake.put(Global::memstats, Field::stats_heap_sys, 1700);
    fake.put(Global::memstats, Field::stats_stacks_inuse, 50);
  }
  if (minor < 16) fake.put(Global::memstats, Field::stats_heap_idle, 700);
  if (minor >= 19) {
    fake.put(Global::gc_controller, Field::controller_heap_in_use, 1000);
    fake.put(Global::gc_controller, Field::controller_heap_released, 300);
    fake.put(Global::gc_controller, Field::controller_heap_free, 400);
  }
  if (minor >= 16) {
    fake.put(delta(fake, 0), Field::delta_in_stacks, 20);
    fake.put(delta(fake, 1), Field::delta_in_stacks, 50 - 20 + 7);
    fake.put(delta(fake, 2), Field::delta_in_stacks, static_cast<std::uint64_t>(-7));
    fake.put(delta(fake, 0), Field::delta_in_work_bufs, 8);
    if (minor <= 24) fake.put(delta(fake, 0), Field::delta_in_ptr_scalar_bits, 2);
    fake.put(delta(fake, 0), Field::delta_committed, 2000);
    fake.put(delta(fake, 0), Field::delta_in_heap, 1000);
    fake.put(delta(fake, 0), Field::delta_released, 300);
  }
  fake.put(Global::memstats, Field::stats_mspan_sys, 16384);
  fake.put(Global::memstats, Field::stats_gc_misc_sys, 60);
  fake.put(Global::memstats, Field::stats_other_sys, 70);
  fake.put(Global::memstats, Field::stats_numgc, 9);
  fake.put(fake.at(Global::mheap, Field::mheap_spanalloc), Field::fixalloc_inuse, 1600);
  fake.walk("memstats");
  const Counters& c = fake.model.counters;
  const std::uint64_t programs = minor >= 16 && minor <= 24 ? 2 : 0;
  CHECK(c.known);
  CHECK(c.heap_known);
  CHECK(c.heap_inuse == 1000);
  CHECK(c.heap_released == 300);
  CHECK(c.heap_free == 400);
  CHECK(c.stacks_inuse == 50);
  CHECK(c.gc_misc_sys == 60 + (minor >= 16 ? 8 : 0) + programs);
  CHECK(c.other_sys == 70);
  CHECK(c.numgc == 9);
  CHECK(c.mspan_inuse == 1600);
  CHECK(c.has_metrics == (minor >= 16));
  if (minor >= 16) CHECK(c.metric_free == 2000 - 1000 - 50 - 8 - programs);
  CHECK(c.sys() == 1700 + 50 + 16384 + c.gc_misc_sys + 70);
}

TEST_CASE("memstats: mspans and mcaches in use that cannot be read are not 0") {
  FakeRuntime fake(GENERATE(11, 27));
  fake.image().hole(range(fake.at(fake.at(Global::mheap, Field::mheap_spanalloc), Field::fixalloc_inuse), 8));
  fake.walk("memstats");
  CHECK(fake.found("fixalloc.inuse unreadable") == 1);
  CHECK_FALSE(fake.model.counters.mspan_inuse);
  CHECK(fake.model.counters.mcache_inuse == 0);
  CHECK(fake.model.counters.known);
}

TEST_CASE("memstats: more in use than the pool has is damage, and what ReadMemStats would say") {
  FakeRuntime fake(GENERATE(11, 27));
  const bool mspans = GENERATE(true, false);
  fake.put(Global::memstats, Field::stats_mspan_sys, 16384);
  fake.put(Global::memstats, Field::stats_mcache_sys, 16384);
  const auto pool = [&](Field field) { return fake.at(fake.at(Global::mheap, field), Field::fixalloc_inuse); };
  fake.put(pool(Field::mheap_spanalloc), mspans ? 16385 : 16384);
  fake.put(pool(Field::mheap_cachealloc), mspans ? 16384 : ~0ull);
  fake.walk("memstats");
  CHECK(fake.found("fixalloc.inuse implausible") == 1);
  CHECK(fake.model.counters.mspan_inuse == (mspans ? 16385 : 16384));
  CHECK(fake.model.counters.mcache_inuse == (mspans ? 16384 : ~0ull));
  CHECK(fake.model.counters.known);
}

TEST_CASE("memstats: a controller in a hole takes only the heap's counters away") {
  FakeRuntime fake(27);
  fake.put(Global::memstats, Field::stats_mspan_sys, 16384);
  fake.put(delta(fake, 1), Field::delta_in_stacks, 50);
  fake.image().hole(range(fake.at(Global::gc_controller), 4096));
  fake.walk("memstats");
  fake.walk("probes");
  const Counters& c = fake.model.counters;
  CHECK(c.known);
  CHECK_FALSE(c.heap_known);
  CHECK(c.mspan_sys == 16384);
  CHECK(c.stacks_inuse == 50);
  CHECK(fake.found("gcController unreadable") == 1);
  for (const Probe& probe : fake.model.runtime.probes) CHECK(probe.name != "heap_adds_up");
}
