#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

TEST_CASE("spans: an absurd mspan loses only itself") {
  struct Bad {
    std::uint64_t begin, npages, state;
  };
  const Bad bad = GENERATE(Bad{0xc000000000, kHuge, 1}, Bad{0xc000000000, 1u << 30, 1}, Bad{0xc000000000, 0, 1},
                           Bad{0xc000000000, 1, 4}, Bad{0xc000000010, 1, 1}, Bad{0x123456780000000, 1, 1},
                           Bad{0xffffffffffffe000, 4, 1}, Bad{0x7e0000000000, 1, 1}, Bad{0, 1, 1});
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, {{Address(bad.begin), bad.npages, bad.state, 8, 1024, 1}, {kArena + 0x2000, 1, 1, 8, 1024, 1}});
  fake.walk("arenas");
  fake.walk("spans");
  CAPTURE(bad.begin, bad.npages, bad.state);
  REQUIRE(fake.model.spans.size() == 1);
  CHECK(fake.model.spans[0].begin == kArena + 0x2000);
  CHECK(fake.found("mspan implausible") == 1);
}

TEST_CASE("spans: one in a reservation costs no table") {
  constexpr Address kReserve{0x100000000000};
  FakeRuntime fake(27);
  add_arena(fake);
  fake.reserve(kReserve, 1ull << 43);
  const bool user = GENERATE(false, true);
  add_spans(fake, {{kReserve + (1ull << 30), 1024, 1, 8, 1024, 1}, {kArena + 0x2000, 1, 1, 8, 1024, 1}});
  if (user) fake.put(kChunk + 64, Field::mspan_user_arena_chunk, 1);
  fake.walk("arenas");
  fake.walk("spans");
  REQUIRE(fake.model.spans.size() == 1);
  CHECK(fake.model.spans[0].begin == kArena + 0x2000);
  // A user arena chunk without access was freed: setUserArenaChunkToFault, 1.20.
  CHECK(fake.found("mspan implausible") == (user ? 0 : 1));
  CHECK(fake.found("heap arena") == 0);
}

TEST_CASE("spans: a freed large object of efence has no access and stays in use") {
  constexpr Address kFaulted = kArena + (64 << 20);  // behind what the arena has mapped
  FakeRuntime fake(27);
  add_arena(fake);
  fake.reserve(kFaulted, 1 << 20);
  add_spans(fake, {{kFaulted, 128, 1, 1 << 20, 1, 0}, {kArena + 0x2000, 1, 1, 8, 1024, 1}});
  const bool freed = GENERATE(true, false);
  if (freed) fake.put(kChunk + 64, Field::mspan_limit, 0);
  fake.walk("arenas");
  fake.walk("spans");
  CHECK(fake.model.spans.size() == (freed ? 2 : 1));
  CHECK(fake.found("mspan implausible") == (freed ? 0 : 1));
}

TEST_CASE("spans: an absurd list is named") {
  struct Bad {
    Address array;
    std::uint64_t len, cap;
  };
  const Bad bad =
      GENERATE(Bad{kSpanArray, kHuge, kHuge}, Bad{kSpanArray, 2, 1}, Bad{kNowhere, 1, 1},
               Bad{kSpanArray, kHuge, (std::uint64_t{1} << 61) + 1}, Bad{Address(0xfffffffffffffff0), 8, 8});
  FakeRuntime fake(27);
  add_arena(fake);
  add_spans(fake, {});
  fake.slice(fake.at(Global::mheap, Field::mheap_allspans), bad.array, bad.len, bad.cap);
  fake.walk("spans");
  fake.walk("fixalloc");
  CHECK(fake.model.spans.empty());
  CHECK(fake.found("mheap_.allspans") == 1);
}
