#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

Address pool(const FakeRuntime& fake, Field field) { return fake.at(Global::mheap, field); }

// mspans of 160 bytes: 102 fit in 16 KiB, 64 bytes remain.
FakeRuntime with_mspans(int minor, std::size_t count) {
  FakeRuntime fake(minor);
  add_arena(fake);
  fake.map(kChunk, 256 << 10);
  fake.map(kSpanArray, 8192);
  fake.slice(fake.at(Global::mheap, Field::mheap_allspans), kSpanArray, count, 1024);
  const std::uint64_t step = minor >= 18 ? 102 * 160 : 16384;
  for (std::size_t i = 0; i < count; ++i) fake.put(kSpanArray + 8 * i, kChunk + 64 + i / 102 * step + i % 102 * 160);
  fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_size, 160);
  fake.put(pool(fake, Field::mheap_cachealloc), Field::fixalloc_size, 0x1000);
  fake.model.pieces.add(PieceId::allspans, range(kSpanArray, 8192));
  return fake;
}

}  // namespace

TEST_CASE("fixalloc: chunks of mspans, 16 KiB or whole objects") {
  const int minor = GENERATE(11, 17, 18, 27);
  FakeRuntime fake = with_mspans(minor, 205);
  fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_list, kChunk + 64 + 160);
  fake.walk("fixalloc");
  const std::uint64_t size = minor >= 18 ? 16320 : 16384;
  const std::vector<Piece>& pools = fake.model.pieces[PieceId::mspan_pool];
  REQUIRE(pools.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(pools[i].range == range(kChunk + 64 + i * size, size));
    CHECK(pools[i].index == i);
  }
  CHECK(fake.model.recount.mspan_inuse == 204 * 160);
}

TEST_CASE("fixalloc: mcaches of Ps, that of the start, and free ones") {
  const int minor = GENERATE(14, 27);
  FakeRuntime fake = with_mspans(minor, 0);
  add_processors(fake, 3);  // mcaches 0x4000 apart: one chunk each
  if (minor == 27) fake.put(Global::mcache0, mcache_at(0) + 0x1000);
  fake.put(pool(fake, Field::mheap_cachealloc), Field::fixalloc_list, mcache_at(1) + 0x1000);
  fake.walk("fixalloc");
  const std::vector<Piece>& pools = fake.model.pieces[PieceId::mcache_pool];
  REQUIRE(pools.size() == 3);
  CHECK(pools[0].range == range(mcache_at(0), 16384));
  CHECK(pools[2].range == range(mcache_at(2), 16384));
  CHECK(fake.model.recount.mcache_inuse == (minor == 27 ? 4 : 3) * 0x1000);
}

TEST_CASE("fixalloc: specials of weak pointers are told by their kind") {
  const int minor = GENERATE(23, 25, 27);
  FakeRuntime fake = with_mspans(minor, 0);
  fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_size, 32);
  fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_chunk, kChunk);
  const Address weak = kChunk + 0x8000;
  const Address other = kChunk + 0x1000;
  fake.model.special_lists = {other, weak + 32};
  fake.put(other, Field::special_next, weak);
  fake.put(other, Field::special_kind, 1);
  fake.put(weak, Field::special_kind, minor == 23 ? 2 : 3);
  fake.put(weak + 32, Field::special_kind, minor == 23 ? 2 : 3);
  fake.walk("fixalloc");
  REQUIRE(fake.model.pieces[PieceId::weak_special_pool].size() == 1);
  CHECK(fake.model.pieces[PieceId::weak_special_pool][0].range == range(weak, 16384));
}

TEST_CASE("fixalloc: heads of span queues") {
  FakeRuntime fake = with_mspans(27, 0);
  fake.put(pool(fake, Field::mheap_spmc_alloc), Field::fixalloc_size, 64);
  fake.put(Global::work, Field::work_span_queues, kChunk + 0x2000);
  fake.put(kChunk + 0x2000, Field::spmc_allnode_next, kChunk + 0x2040);
  fake.walk("fixalloc");
  REQUIRE(fake.model.pieces[PieceId::spmc_pool].size() == 1);
  CHECK(fake.model.pieces[PieceId::spmc_pool][0].range == range(kChunk + 0x2000, 16384));
}

TEST_CASE("fixalloc: pools that were never used") {
  FakeRuntime fake = with_mspans(27, 0);
  fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_size, 0);
  fake.walk("fixalloc");
  CHECK(fake.model.pieces[PieceId::mspan_pool].empty());
  CHECK(fake.model.recount.mspan_inuse == 0);
}

TEST_CASE("fixalloc: an absurd or unreadable size is no empty pool") {
  FakeRuntime fake = with_mspans(27, 205);
  const std::uint64_t size = GENERATE(16385ull, kHuge, 0ull);
  const Address at = fake.at(pool(fake, Field::mheap_spanalloc), Field::fixalloc_size);
  if (size != 0)
    fake.put(at, size);
  else
    fake.image().hole(range(at, 8));
  fake.walk("fixalloc");
  CHECK(fake.found(size != 0 ? "fixalloc.size implausible" : "fixalloc.size unreadable") == 1);
  CHECK(fake.model.pieces[PieceId::mspan_pool].empty());
  CHECK_FALSE(fake.model.recount.mspan_inuse);
}

TEST_CASE("fixalloc: lists of specials that lead into one another are walked once") {
  FakeRuntime fake = with_mspans(27, 0);
  fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_size, 32);
  fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_chunk, kChunk);
  const Address shared = kChunk + 0x8000;
  fake.put(shared, Field::special_kind, 3);
  for (std::uint32_t i = 0; i < 8; ++i) {
    fake.model.special_lists.push_back(kChunk + 0x1000 + i * 64);
    fake.put(kChunk + 0x1000 + i * 64, Field::special_next, shared);
  }
  fake.walk("fixalloc");
  CHECK(fake.found("special listed twice") == 7);
  CHECK(fake.model.pieces[PieceId::weak_special_pool].size() == 1);
}

TEST_CASE("fixalloc: damage is named and loses only its pool") {
  FakeRuntime fake = with_mspans(27, 205);
  add_processors(fake, 1);
  SECTION("mspan out of step") {
    fake.put(kSpanArray + 8 * 101, kScratch);
    fake.walk("fixalloc");
    CHECK(fake.found("fixalloc chunk of mspans implausible") == 1);
    CHECK(fake.model.pieces[PieceId::mspan_pool].size() == 3);
  }
  SECTION("cycle of free mspans") {
    fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_list, kChunk + 64);
    fake.put(kChunk + 64, kChunk + 64);
    fake.walk("fixalloc");
    CHECK(fake.found("fixalloc free list implausible") == 1);
    CHECK_FALSE(fake.model.recount.mspan_inuse);
  }
  SECTION("more free mspans than mspans") {
    fake.slice(fake.at(Global::mheap, Field::mheap_allspans), kSpanArray, 1, 1024);
    fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_list, kChunk + 64);
    fake.put(kChunk + 64, kChunk + 64 + 160);
    fake.walk("fixalloc");
    CHECK(fake.found("fixalloc free list implausible") == 1);
    CHECK_FALSE(fake.model.recount.mspan_inuse);
  }
  SECTION("free list into a hole") {
    fake.put(pool(fake, Field::mheap_spanalloc), Field::fixalloc_list, kNowhere);
    fake.walk("fixalloc");
    CHECK(fake.found("fixalloc free list unreadable") == 1);
    CHECK_FALSE(fake.model.recount.mspan_inuse);
  }
  SECTION("specials into a hole") {
    fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_size, 32);
    fake.put(pool(fake, Field::mheap_weak_alloc), Field::fixalloc_chunk, kChunk);
    fake.model.special_lists = {kNowhere};
    fake.walk("fixalloc");
    CHECK(fake.found("special unreadable") == 1);
  }
  SECTION("mcache at the end of the address space") {
    fake.put(p_at(0), Field::p_mcache, Address(0xfffffffffffff000));
    fake.walk("fixalloc");
    CHECK(fake.found("fixalloc chunk implausible") == 1);
    CHECK(fake.model.pieces[PieceId::mcache_pool].empty());
    CHECK(fake.model.pieces[PieceId::mspan_pool].size() == 3);
    return;
  }
  CHECK(fake.model.pieces[PieceId::mcache_pool].size() == 1);
}
