#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr std::uint64_t kChunkBytes = 256 << 10;

void put_cursor(FakeRuntime& fake, std::uint32_t p, Address base, std::uint64_t off) {
  const Address palloc = fake.at(p_at(p), Field::p_palloc);
  fake.put(palloc, Field::persistent_base, base);
  fake.put(palloc, Field::persistent_off, off);
}

}  // namespace

TEST_CASE("persistent: the list of chunks and what the cursors leave") {
  FakeRuntime fake(GENERATE(12, 18, 27));
  fake.map(kChunk, 3 * kChunkBytes);
  add_processors(fake, 2);
  fake.put(Global::persistent_chunks, kChunk + kChunkBytes);
  fake.put(kChunk + kChunkBytes, kChunk);
  put_cursor(fake, 0, kChunk, 0x1000);
  put_cursor(fake, 1, kChunk + kChunkBytes, kChunkBytes);  // full
  fake.put(Global::global_alloc, Field::global_alloc_base, kChunk + 2 * kChunkBytes);
  fake.put(Global::global_alloc, Field::global_alloc_off, 8);
  fake.walk("persistent");
  REQUIRE(fake.model.pieces[PieceId::persistent_chunk].size() == 2);
  CHECK(fake.model.pieces[PieceId::persistent_chunk][0].range == range(kChunk + kChunkBytes, kChunkBytes));
  CHECK(fake.model.pieces[PieceId::persistent_chunk][1].range == range(kChunk, kChunkBytes));
  CHECK(fake.model.pieces[PieceId::persistent_chunk][1].index == 1);
  const std::vector<Piece>& tails = fake.model.pieces[PieceId::free_tail];
  REQUIRE(tails.size() == 2);
  CHECK(tails[0].range == AddressRange{kChunk + 2 * kChunkBytes + 8, kChunk + 3 * kChunkBytes});
  CHECK(tails[0].index == 0);
  CHECK(tails[1].range == AddressRange{kChunk + 0x1000, kChunk + kChunkBytes});
  CHECK(tails[1].index == 1);
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("persistent: nothing allocated yet") {
  FakeRuntime fake(27);
  add_processors(fake, 1);
  fake.walk("persistent");
  CHECK(fake.model.pieces[PieceId::persistent_chunk].empty());
  CHECK(fake.model.pieces[PieceId::free_tail].empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("persistent: 1.11 links no chunks") {
  FakeRuntime fake(11);
  fake.map(kChunk, kChunkBytes);
  add_processors(fake, 1);
  put_cursor(fake, 0, kChunk, 64);
  fake.walk("persistent");
  CHECK(fake.model.pieces[PieceId::persistent_chunk].empty());
  CHECK(fake.model.pieces[PieceId::free_tail].size() == 1);
}

TEST_CASE("persistent: damaged links and cursors are named") {
  FakeRuntime fake(27);
  fake.map(kChunk, 2 * kChunkBytes);
  add_processors(fake, 1);
  put_cursor(fake, 0, kChunk, 64);
  fake.put(Global::persistent_chunks, kChunk);
  SECTION("cycle") {
    fake.put(kChunk, kChunk);
    fake.walk("persistent");
    CHECK(fake.found("persistentalloc chunk implausible") == 1);
  }
  SECTION("next in a hole") {
    fake.put(kChunk, GENERATE(0x7e0000000000ull, 0xfffffffffffffffcull));
    fake.walk("persistent");
    CHECK(fake.found("persistentalloc chunk unreadable") == 1);
  }
  SECTION("chunk cut by the end of its mapping") {
    fake.put(kChunk, kChunk + (2 * kChunkBytes - 4096));
    fake.walk("persistent");
    CHECK(fake.found("persistentalloc chunk implausible") == 1);
  }
  SECTION("offset") {
    put_cursor(fake, 0, kChunk, GENERATE(262145ull, ~0ull));
    fake.walk("persistent");
    CHECK(fake.found("palloc.off") == 1);
    CHECK(fake.model.pieces[PieceId::free_tail].empty());
    CHECK(fake.model.pieces[PieceId::persistent_chunk].size() == 1);
    return;
  }
  SECTION("base") {
    put_cursor(fake, 0, Address(GENERATE(0x7e0000000000ull, 0xffffffffffff0000ull)), 64);
    fake.walk("persistent");
    CHECK(fake.found("palloc.base") == 1);
    CHECK(fake.model.pieces[PieceId::free_tail].empty());
    return;
  }
  CHECK(fake.model.pieces[PieceId::persistent_chunk].front().range == range(kChunk, kChunkBytes));
  CHECK(fake.model.pieces[PieceId::free_tail].size() == 1);
}
