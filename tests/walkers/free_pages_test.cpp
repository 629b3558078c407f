#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

using State = FreeRun::State;
using From = FreeRun::Origin;

AddressRange page_run(std::uint64_t first, std::uint64_t count) { return range(kArena + first * 8192, count * 8192); }

Span span_at(std::uint64_t first, std::uint32_t count, SpanUse use = SpanUse::heap) {
  Span span;
  span.begin = kArena + first * 8192;
  span.npages = count;
  span.use = use;
  return span;
}

bool is(const FreeRun& run, AddressRange where, State state, From origin) {
  return run.range == where && run.state == state && run.origin == origin;
}

}  // namespace

TEST_CASE("free pages: free spans of 1.12 and 1.13, released as a whole or not at all") {
  FakeRuntime fake(GENERATE(12, 13));
  add_arena(fake);
  fake.model.arenas = {{range(kArena, 64 << 20), kArenaIndex, false, {}}};
  Span released = span_at(10, 4, SpanUse::free);
  released.released_pages = 4;
  released.index = 7;
  fake.model.spans = {span_at(0, 10), released, span_at(14, 8178 - 14, SpanUse::free), span_at(8178, 14)};
  fake.walk("free_pages");
  REQUIRE(fake.model.free_runs.size() == 2);
  CHECK(is(fake.model.free_runs[0], page_run(10, 4), State::released, From::free_span));
  CHECK(fake.model.free_runs[0].index == 7);
  CHECK(is(fake.model.free_runs[1], page_run(14, 8164), State::free, From::free_span));
  CHECK(fake.model.spans.size() == 2);
  CHECK(fake.model.recount.released_uncertain == 0);
  CHECK(fake.model.heap_mapped == std::vector{range(kArena, 64 << 20)});
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("free pages: with pages of 64 KiB only whole ones inside a span are released") {
  FakeRuntime fake(13);
  fake.put(fake.at(Global::phys_page_size), 65536);
  Span released = span_at(7, 12, SpanUse::free);
  released.released_pages = 12;
  fake.model.spans = {released};
  fake.walk("free_pages");
  REQUIRE(fake.model.free_runs.size() == 3);
  CHECK(is(fake.model.free_runs[0], page_run(7, 1), State::free, From::free_span));
  CHECK(is(fake.model.free_runs[1], page_run(8, 8), State::released, From::free_span));
  CHECK(is(fake.model.free_runs[2], page_run(16, 3), State::free, From::free_span));
}

TEST_CASE("free pages: 1.11 knows how many pages of a span are released, not which") {
  FakeRuntime fake(11);
  Span partly = span_at(0, 8, SpanUse::free);
  partly.released_pages = 3;
  fake.model.spans = {partly};
  fake.walk("free_pages");
  REQUIRE(fake.model.free_runs.size() == 1);
  CHECK(is(fake.model.free_runs[0], page_run(0, 8), State::free, From::free_span));
  CHECK(fake.model.recount.released_uncertain == 3 * 8192);
}

TEST_CASE("free pages: the rest of curArena, where arenas are mapped whole") {
  const int minor = GENERATE(13, 16, 17);
  FakeRuntime fake(minor);
  add_arena(fake);
  fake.model.arenas = {{range(kArena, 64 << 20), kArenaIndex, false, {}}};
  fake.put(Global::mheap, Field::mheap_cur_arena_base, kArena + (4 << 20));
  fake.put(Global::mheap, Field::mheap_cur_arena_end, kArena + (64 << 20));
  fake.model.heap_mapped = {range(kArena, 4 << 20)};
  fake.model.spans = {span_at(0, 512)};
  fake.walk("free_pages");
  if (minor == 17) {
    CHECK(fake.model.free_runs.empty());
    CHECK(fake.model.heap_mapped == std::vector{range(kArena, 4 << 20)});
    return;
  }
  REQUIRE(fake.model.free_runs.size() == 1);
  CHECK(is(fake.model.free_runs[0], page_run(512, 7680), State::released, From::cur_arena));
}

TEST_CASE("free pages: an absurd curArena is left out") {
  struct Bad {
    std::uint64_t base, end;
  };
  const Bad bad = GENERATE(Bad{0, 0}, Bad{0xc000400000, 0xc000000000}, Bad{0xc000000000, kHuge},
                           Bad{0x7e0000000000, 0x7e0000400000});
  FakeRuntime fake(16);
  add_arena(fake);
  fake.put(Global::mheap, Field::mheap_cur_arena_base, bad.base);
  fake.put(Global::mheap, Field::mheap_cur_arena_end, bad.end);
  fake.walk("free_pages");
  CHECK(fake.model.free_runs.empty());
}

TEST_CASE("free pages: pages in no span and not free are a gap, with a note") {
  FakeRuntime fake(27);
  fake.model.heap_mapped = {page_run(0, 512)};
  fake.model.spans = {span_at(2, 4), span_at(8, 499)};
  fake.model.free_runs = {{page_run(0, 1), 0, State::free, From::page_bits},
                          {page_run(508, 2), 0, State::released, From::page_bits}};
  fake.walk("free_pages");
  const std::vector<FreeRun>& runs = fake.model.free_runs;
  REQUIRE(runs.size() == 6);
  CHECK(is(runs[1], page_run(1, 1), State::free, From::gap));
  CHECK(is(runs[2], page_run(6, 2), State::free, From::gap));
  CHECK(is(runs[3], page_run(507, 1), State::free, From::gap));
  CHECK(is(runs[5], page_run(510, 2), State::free, From::gap));
  CHECK(fake.found("pages in no span and not free") == 4);
  CHECK_FALSE(fake.findings.partial());
}

TEST_CASE("free pages: a span over pages that the bitmap calls free is dying") {
  FakeRuntime fake(27);
  fake.model.heap_mapped = {page_run(0, 12)};
  fake.model.spans = {span_at(0, 4), span_at(4, 4), span_at(8, 4)};
  fake.model.free_runs = {{page_run(4, 4), 0, State::free, From::page_bits}};
  fake.walk("free_pages");
  CHECK(fake.model.spans.size() == 2);
  CHECK(fake.model.free_runs.size() == 1);
  CHECK(fake.found("live mspan over free pages") == 1);
}

TEST_CASE("free pages: a user arena chunk is mapped outside the ranges in use") {
  FakeRuntime fake(22);
  fake.model.heap_mapped = {page_run(0, 4)};
  fake.model.spans = {span_at(0, 4), span_at(100000, 1024, SpanUse::user_arena)};
  fake.walk("free_pages");
  CHECK(fake.model.heap_mapped == std::vector{page_run(0, 4), page_run(100000, 1024)});
  CHECK(fake.model.free_runs.empty());
}
