#include "go/walk/outgrown.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kSpine = kScratch + 0x1000;
constexpr Address kBlock = kScratch + 0x10000;
constexpr std::uint64_t kBlockBytes = 4120;

// mheap_.central[spanclass].mcentral.partial[i] or full[i].
Address set_at(const FakeRuntime& fake, std::uint32_t spanclass, Field sets, std::uint32_t i) {
  return fake.at(fake.at(Global::mheap, Field::mheap_central, spanclass), sets, i);
}

void put_set(FakeRuntime& fake, Address set, Address spine, std::uint64_t len, std::uint64_t cap) {
  fake.put(set, Field::span_set_spine, spine);
  fake.put(set, Field::span_set_spine_len, len);
  fake.put(set, Field::span_set_spine_cap, cap);
}

// lfnode pointers: address bits on top, a push count below.
std::uint64_t tagged(int minor, Address node) {
  return minor >= 25 ? (node.value() / 512) << 24 | 0x1234 : node.value() << 16 | 0x123;
}

}  // namespace

TEST_CASE("span sets: spines and blocks of every mcentral") {
  FakeRuntime fake(GENERATE(15, 20, 27));
  add_arena(fake);
  put_set(fake, set_at(fake, 5, Field::mcentral_partial, 1), kSpine, 2, 256);
  put_set(fake, set_at(fake, 135, Field::mcentral_full, 0), kSpine + 2048, 1, 256);
  fake.put(kSpine + 8, kBlock);  // the first block went back to the pool
  fake.put(kSpine + 2048, kBlock + 0x2000);
  fake.walk("span_sets");
  const Pieces& pieces = fake.model.pieces;
  REQUIRE(pieces[PieceId::span_set_spine].size() == 2);
  CHECK(pieces[PieceId::span_set_spine][0].range == range(kSpine, 2048));
  CHECK(pieces[PieceId::span_set_spine][0].index == 5);
  CHECK(pieces[PieceId::span_set_spine][1].range == range(kSpine + 2048, 2048));
  CHECK(pieces[PieceId::span_set_spine][1].index == 135);
  REQUIRE(pieces[PieceId::span_set_block].size() == 2);
  CHECK(pieces[PieceId::span_set_block][0].range == range(kBlock, kBlockBytes));
  CHECK(pieces[PieceId::span_set_block][1].range == range(kBlock + 0x2000, kBlockBytes));
  CHECK(fake.model.unplaced.empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("span sets: a spine that grew left smaller ones behind") {
  FakeRuntime fake(27);
  add_arena(fake);
  put_set(fake, set_at(fake, 0, Field::mcentral_partial, 0), kSpine, 0, 1024);
  fake.walk("span_sets");
  REQUIRE(fake.model.unplaced.size() == 1);
  CHECK(fake.model.unplaced[0].bytes == 2048 + 4096);
  CHECK(fake.model.unplaced[0].in_chunks == 2048 + 4096);
}

TEST_CASE("outgrown arrays: from 64 KiB on they had mappings of their own") {
  CHECK(go::outgrown("", 4096, 4096).bytes == 0);
  const Unplaced lost = go::outgrown("lists", 4096, 256 << 10);
  CHECK(lost.name == "lists");
  CHECK(lost.bytes == (4 + 8 + 16 + 32 + 64 + 128) << 10);
  CHECK(lost.in_chunks == (4 + 8 + 16 + 32) << 10);
}

TEST_CASE("span sets: blocks in the pool hang on tagged pointers") {
  const int minor = GENERATE(15, 24, 25, 27);
  FakeRuntime fake(minor);
  add_arena(fake);
  const Address next = kBlock + 0x2000;
  fake.put(Global::span_set_block_pool, Field::block_pool_stack, tagged(minor, kBlock));
  fake.put(kBlock, Field::lfnode_next, tagged(minor, next));
  fake.walk("span_sets");
  const std::vector<Piece>& pooled = fake.model.pieces[PieceId::pooled_span_set_block];
  REQUIRE(pooled.size() == 2);
  CHECK(pooled[0].range == range(kBlock, kBlockBytes));
  CHECK(pooled[1].range == range(next, kBlockBytes));
}

TEST_CASE("span sets: sweep buffers up to 1.15") {
  FakeRuntime fake(GENERATE(11, 14, 15));
  add_arena(fake);
  const Address buffer = fake.at(Global::mheap, Field::mheap_sweep_spans, 1);
  fake.put(buffer, Field::sweep_buf_spine, kSpine);
  fake.put(buffer, Field::sweep_buf_spine_len, 1);
  fake.put(buffer, Field::sweep_buf_spine_cap, 256);
  fake.put(kSpine, kBlock);
  fake.walk("span_sets");
  REQUIRE(fake.model.pieces[PieceId::sweep_spine].size() == 1);
  CHECK(fake.model.pieces[PieceId::sweep_spine][0].range == range(kSpine, 2048));
  CHECK(fake.model.pieces[PieceId::sweep_spine][0].index == 1);
  REQUIRE(fake.model.pieces[PieceId::sweep_block].size() == 1);
  CHECK(fake.model.pieces[PieceId::sweep_block][0].range == range(kBlock, 4096));
}

TEST_CASE("span sets: absurd spines are named, other sets are found") {
  struct Bad {
    Address spine;
    std::uint64_t len, cap;
  };
  const Bad bad = GENERATE(Bad{kNowhere, 1, 256}, Bad{Address(0x100000000000), 0, 256}, Bad{kSpine, 257, 256},
                           Bad{kSpine, kHuge, kHuge}, Bad{kSpine, kHuge, (1ull << 61) + 256},
                           Bad{Address(0xfffffffffffff000), 1, 1024});
  FakeRuntime fake(27);
  add_arena(fake);
  fake.reserve(Address(0x100000000000), 1 << 20);
  put_set(fake, set_at(fake, 0, Field::mcentral_partial, 0), bad.spine, bad.len, bad.cap);
  put_set(fake, set_at(fake, 1, Field::mcentral_partial, 0), kSpine, 0, 256);
  fake.walk("span_sets");
  REQUIRE(fake.model.pieces[PieceId::span_set_spine].size() == 1);
  CHECK(fake.model.pieces[PieceId::span_set_spine][0].index == 1);
  CHECK(fake.found("span set spine implausible") == 1);
}

TEST_CASE("span sets: blocks and pools into holes, and a pool that is a ring") {
  FakeRuntime fake(27);
  add_arena(fake);
  SECTION("block") {
    put_set(fake, set_at(fake, 0, Field::mcentral_partial, 0), kSpine, 2, 256);
    fake.put(kSpine, kNowhere);
    fake.put(kSpine + 8, kBlock);
    fake.walk("span_sets");
    CHECK(fake.found("span set block implausible") == 1);
    CHECK(fake.model.pieces[PieceId::span_set_block].size() == 1);
  }
  SECTION("spine") {
    put_set(fake, set_at(fake, 0, Field::mcentral_partial, 0), kSpine, 2, 256);
    fake.image().hole(range(kSpine, 4096));
    fake.walk("span_sets");
    CHECK(fake.found("span set spine unreadable") == 1);
  }
  SECTION("pool") {
    fake.put(Global::span_set_block_pool, Field::block_pool_stack, tagged(27, kNowhere));
    fake.walk("span_sets");
    CHECK(fake.found("spanSetBlockPool unreadable") == 1);
  }
  SECTION("ring") {
    fake.put(Global::span_set_block_pool, Field::block_pool_stack, tagged(27, kBlock));
    fake.put(kBlock, Field::lfnode_next, tagged(27, kBlock));
    fake.walk("span_sets");
    CHECK(fake.found("spanSetBlockPool implausible") == 1);
    CHECK(fake.model.pieces[PieceId::pooled_span_set_block].size() == 1);
  }
}
