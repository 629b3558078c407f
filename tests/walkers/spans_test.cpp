#include "go/walk/span_reader.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

TEST_CASE("spans: live ones of each use, in address order") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, {{kArena + 0x8000, 2, 1, 48, 341, 7, 5},
                   {kArena + 0x2000, 1, 2, 2048, 4, 3, 0},
                   {kArena, 1, 2},
                   {kArena + 0x4000, 1, 0, 8, 1024, 1, 1},
                   {kArena + 0x10000, 4, 1, 32768, 1, 1, 0}});
  fake.put(kChunk + 64 + 4 * kMspanSize, Field::mspan_user_arena_chunk, 1);
  fake.put(kChunk + 64, Field::mspan_specials, kScratch);
  fake.walk("spans");
  CHECK(fake.model.pieces.only(PieceId::allspans) == range(kSpanArray, 8192));
  const std::vector<Span>& spans = fake.model.spans;
  REQUIRE(spans.size() == 4);
  CHECK(spans[0].range() == range(kArena, 8192));
  CHECK(spans[0].use == SpanUse::workbuf);
  CHECK(spans[1].range() == range(kArena + 0x2000, 8192));
  CHECK(spans[1].use == SpanUse::stack);
  CHECK(spans[2].range() == range(kArena + 0x8000, 16384));
  CHECK(spans[2].use == SpanUse::heap);
  CHECK(spans[2].elem_size == 48);
  CHECK(spans[2].elem_count == 341);
  CHECK(spans[2].alloc_count == 7);
  CHECK(spans[2].span_class == 5);
  CHECK(spans[2].index == 0);
  CHECK(spans[3].use == SpanUse::user_arena);
  CHECK(fake.model.special_lists == std::vector{kScratch});
}

TEST_CASE("spans: a user arena chunk in quarantine is not in use") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, {{kArena, 4, 1, 32768, 1, 1, 0}, {kArena + 0x8000, 4, 1, 32768, 1, 1, 0}});
  fake.put(kChunk + 64, Field::mspan_user_arena_chunk, 1);
  fake.put(kChunk + 64 + kMspanSize, Field::mspan_user_arena_chunk, 1);
  fake.put(Global::mheap, Field::mheap_quarantine_list, kChunk + 64);
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 1);
  CHECK(fake.model.spans[0].begin == kArena + 0x8000);
}

TEST_CASE("spans: free ones of 1.11 to 1.13 say what is released") {
  const int minor = GENERATE(11, 12, 13);
  FakeRuntime fake(minor);
  add_arena(fake);
  add_spans(fake, {{kArena, 8, 3}});
  if (minor == 11)
    fake.put(kChunk + 64, Field::mspan_npreleased, 3);
  else
    fake.put(kChunk + 64, Field::mspan_scavenged, 1);
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 1);
  CHECK(fake.model.spans[0].use == SpanUse::free);
  CHECK(fake.model.spans[0].released_pages == (minor == 11 ? 3 : 8));
}

TEST_CASE("spans: an arena that no list names is added for its span") {
  const int minor = GENERATE(11, 22);
  FakeRuntime fake(minor);
  add_arena(fake);
  add_spans(fake, {{kArena + 0x2000, 1, 1, 8, 1024, 1}});
  if (minor == 22) fake.put(kChunk + 64, Field::mspan_user_arena_chunk, 1);
  fake.walk("arenas");
  fake.walk("spans");
  REQUIRE(fake.model.arenas.size() == 1);
  CHECK(fake.model.arenas[0].index == kArenaIndex);
  CHECK(fake.model.arenas[0].user == (minor == 22));
}

TEST_CASE("spans: none yet") {
  FakeRuntime fake(27);
  fake.slice(fake.at(Global::mheap, Field::mheap_allspans), {}, 0, 0);
  fake.walk("spans");
  CHECK(fake.model.spans.empty());
}

TEST_CASE("spans: overlapping mspans are named, one of them stays") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, {{kArena, 4, 1, 8, 1024, 1},
                   {kArena + 0x2000, 1, 1, 8, 1024, 1},
                   {kArena + 0x8000, 1, 1, 8, 1024, 1},
                   {kArena + 0x8000, 1, 1, 16, 512, 1}});
  fake.walk("spans");
  CHECK(fake.model.spans.size() == 2);
  CHECK(fake.found("mspan inside another") == 1);
  CHECK(fake.found("second mspan for one page") == 1);
}

namespace {

std::vector<FakeSpan> row_of_spans(std::size_t count) {
  std::vector<FakeSpan> spans;
  for (std::size_t i = 0; i < count; ++i) spans.push_back({kArena + i * 8192, 1, 1, 8, 1024, i});
  return spans;
}

}  // namespace

TEST_CASE("span reader: copied in batches, or in place") {
  const bool in_place = GENERATE(false, true);
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, row_of_spans(1000));
  if (in_place) fake.image().hold(range(kChunk, 256 << 10));
  fake.image().batches = 0;
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    CHECK(fake.model.spans[i].begin == kArena + i * 8192);
    CHECK(fake.model.spans[i].alloc_count == i);
    CHECK(fake.model.spans[i].index == i);
  }
  CHECK(fake.image().batches == (in_place ? 0 : 1));
}

TEST_CASE("span reader: some runs in place, others copied") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, row_of_spans(300));
  const Address other = kChunk + 0x20000;  // the pointers leave the run and come back
  for (std::uint64_t i = 0; i < kMspanSize; i += 8)
    fake.put(other + i, i == fake.layout()[Field::mspan_start].offset ? (kArena + 600 * 8192).value() : 1);
  fake.put(other, Field::mspan_state, 1);
  fake.put(kSpanArray + 8 * 150, other);
  fake.image().hold(range(kChunk, 0x8000));
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 300);
  CHECK(fake.model.spans.back().begin == kArena + 600 * 8192);
  CHECK(fake.model.spans.back().index == 150);
  CHECK(fake.model.spans[150].index == 151);
}

TEST_CASE("span reader: a hole in a run costs the mspans in it") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, row_of_spans(100));
  fake.image().hole(range(kChunk + 64 + 50 * kMspanSize, 2 * kMspanSize));
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 98);
  CHECK(fake.model.spans[49].index == 49);
  CHECK(fake.model.spans[50].index == 52);
  CHECK(fake.found("mspan unreadable") == 2);
}

TEST_CASE("span reader: pointers to nowhere") {
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, row_of_spans(3));
  fake.put(kSpanArray, GENERATE(0ull, 0x7e0000000000, 0xffffffffffffffa0));
  fake.walk("spans");
  CHECK(fake.model.spans.size() == 2);
  CHECK(fake.found("mspan unreadable") == 1);
}
