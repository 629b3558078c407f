#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

void list_arenas(FakeRuntime& fake, const std::vector<std::uint64_t>& indices) {
  fake.slice(fake.at(Global::mheap, Field::mheap_heap_arenas), kScratch, indices.size(), indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) fake.put(kScratch + 8 * i, indices[i]);
}

}  // namespace

TEST_CASE("arenas: those that the list names, in address order") {
  const int minor = GENERATE(12, 18, 24, 27);
  FakeRuntime fake(minor, GENERATE(0ull, 0x5555'0000'0000));
  add_arena(fake);
  fake.map(kHeapArena + 0x1000000, 70000);
  fake.put(kHeapIndex + 8 * (kArenaIndex + 2), kHeapArena + 0x1000000);
  list_arenas(fake, {kArenaIndex + 2, kArenaIndex, kArenaIndex + 2});
  fake.walk("arenas");
  CHECK(fake.model.pieces.only(PieceId::heap_index) == range(kHeapIndex, 32 << 20));
  REQUIRE(fake.model.arenas.size() == 2);
  CHECK(fake.model.arenas[0].range == range(kArena, 64 << 20));
  CHECK(fake.model.arenas[0].index == kArenaIndex);
  CHECK(fake.model.arenas[0].metadata == range(kHeapArena, 68624));
  CHECK(fake.model.arenas[1].range == range(kArena + (128 << 20), 64 << 20));
  CHECK_FALSE(fake.model.arenas[0].user);
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("arenas: user arenas and checkmarks") {
  FakeRuntime fake(27);
  add_arena(fake);
  fake.slice(fake.at(Global::mheap, Field::mheap_user_arena_arenas), kScratch, 1, 512);
  fake.put(kScratch, kArenaIndex);
  fake.put(kHeapArena, Field::heap_arena_checkmarks, kScratch);
  fake.walk("arenas");
  REQUIRE(fake.model.arenas.size() == 1);
  CHECK(fake.model.arenas[0].user);
  REQUIRE(fake.model.pieces[PieceId::checkmarks].size() == 1);
  CHECK(fake.model.pieces[PieceId::checkmarks][0].range == range(kScratch, 1 << 20));
}

TEST_CASE("arenas: 1.11 lists none, only the index is found") {
  FakeRuntime fake(11);
  add_arena(fake);
  fake.walk("arenas");
  CHECK(fake.model.pieces.only(PieceId::heap_index) == range(kHeapIndex, 32 << 20));
  CHECK(fake.model.arenas.empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("arenas: no index, in a process whose heap is set up") {
  FakeRuntime fake(27);
  fake.walk("arenas");
  CHECK(fake.model.arenas.empty());
  CHECK(fake.found("heap index (mheap_.arenas[0]) not found") == 1);
}

TEST_CASE("arenas: a damaged index pointer is named") {
  FakeRuntime fake(27);
  const auto where = GENERATE(kNowhere.value(), 0xffffffffffff0000ull);
  fake.put(Global::mheap, Field::mheap_arenas, where);
  fake.walk("arenas");
  CHECK(fake.model.pieces.only(PieceId::heap_index).empty());
  CHECK(fake.found("heap index (mheap_.arenas[0]) implausible") == 1);
}

TEST_CASE("arenas: absurd indices and lists lose only themselves") {
  FakeRuntime fake(27);
  add_arena(fake);
  const auto bad = GENERATE(std::uint64_t{1} << 22, ~std::uint64_t{0}, kHuge, kArenaIndex + 1);
  list_arenas(fake, {bad, kArenaIndex});
  fake.walk("arenas");
  REQUIRE(fake.model.arenas.size() == 1);
  CHECK(fake.model.arenas[0].index == kArenaIndex);
  CHECK(fake.found("heap arena in the list") == 1);
}

TEST_CASE("arenas: a list longer than memory or than what is mapped, elsewhere, or in a hole") {
  FakeRuntime fake(27);
  add_arena(fake);
  fake.map(Address(0x7f2000000000), 1ull << 45);
  list_arenas(fake, {kArenaIndex});
  const Address header = fake.at(Global::mheap, Field::mheap_heap_arenas);
  SECTION("length") {
    const std::uint64_t count = GENERATE(as<std::uint64_t>(), kHuge, (1ull << 61) + 1, 1ull << 42, (1ull << 17) + 1);
    CAPTURE(count);
    fake.slice(header, kScratch, count, count);
    fake.walk("arenas");
    CHECK(fake.found("heap arena list implausible") == 1);
  }
  SECTION("place") {
    fake.slice(header, kNowhere, 1, 1);
    fake.walk("arenas");
    CHECK(fake.found("heap arena list implausible") == 1);
  }
  SECTION("hole") {
    fake.image().hole(range(kScratch, 4096));
    fake.walk("arenas");
    CHECK(fake.found("heap arena list unreadable") == 1);
  }
  CHECK(fake.model.arenas.empty());
}

TEST_CASE("arenas: a struct in a hole of the mappings") {
  FakeRuntime fake(27);
  add_arena(fake);
  fake.put(kHeapIndex + 8 * (kArenaIndex + 1), kNowhere);
  list_arenas(fake, {kArenaIndex + 1, kArenaIndex});
  fake.walk("arenas");
  CHECK(fake.model.arenas.size() == 1);
  CHECK(fake.found("heapArena struct") == 1);
}
