#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kBits{0x7f0012000000};  // gcBits arenas

FakeRuntime with_memory(int minor) {
  FakeRuntime fake(minor);
  fake.map(kScratch, 1 << 20);
  fake.map(kBits, 1 << 20);
  return fake;
}

}  // namespace

TEST_CASE("gc metadata: gcBits arenas of all four lists, finalizer blocks") {
  FakeRuntime fake = with_memory(GENERATE(11, 24, 27));
  fake.put(Global::gc_bits_arenas, Field::gc_bits_free, kBits);
  fake.put(kBits, Field::gc_bits_arena_next, kBits + 0x10000);
  fake.put(Global::gc_bits_arenas, Field::gc_bits_next, kBits + 0x20000);
  fake.put(Global::gc_bits_arenas, Field::gc_bits_current, kBits + 0x30000);
  fake.put(Global::gc_bits_arenas, Field::gc_bits_previous, kBits + 0x40000);
  fake.put(Global::allfin, kScratch);
  fake.put(kScratch, Field::finblock_alllink, kScratch + 0x5000);
  fake.walk("gc_metadata");
  REQUIRE(fake.model.pieces[PieceId::gc_bits_arena].size() == 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(fake.model.pieces[PieceId::gc_bits_arena][i].range == range(kBits + i * 0x10000, 0x10000));
    CHECK(fake.model.pieces[PieceId::gc_bits_arena][i].index == i);
  }
  REQUIRE(fake.model.pieces[PieceId::finalizer_block].size() == 2);
  CHECK(fake.model.pieces[PieceId::finalizer_block][1].range == range(kScratch + 0x5000, 4096));
}

TEST_CASE("gc metadata: what 1.25 and 1.26 brought") {
  FakeRuntime fake = with_memory(27);
  add_processors(fake, 2);
  fake.put(Global::gc_cleanups, Field::cleanups_all, kScratch);
  fake.put(p_at(1), Field::p_gcw_ptr_buf, kScratch + 0x2000);
  fake.put(Global::work, Field::work_span_queues, kScratch + 0x4000);
  fake.put(kScratch + 0x4000, Field::spmc_ring, kScratch + 0x8000);
  fake.put(kScratch + 0x4000, Field::spmc_cap, 512);
  const Address root = kScratch + 0x6000;
  fake.put(Global::mheap, Field::mheap_immortal_weak, root);
  fake.put(root, Field::immortal_children, (root + 0x40).value(), 0);
  fake.put(root, Field::immortal_children, (root + 0x80).value(), 1);
  fake.walk("gc_metadata");
  const Pieces& pieces = fake.model.pieces;
  REQUIRE(pieces[PieceId::cleanup_block].size() == 1);
  CHECK(pieces[PieceId::cleanup_block][0].range == range(kScratch, 512));
  REQUIRE(pieces[PieceId::pointer_buffer].size() == 1);
  CHECK(pieces[PieceId::pointer_buffer][0].range == range(kScratch + 0x2000, 8192));
  REQUIRE(fake.model.pieces[PieceId::span_queue].size() == 1);
  CHECK(fake.model.pieces[PieceId::span_queue][0].range == range(kScratch + 0x8000, 4096));
  REQUIRE(pieces[PieceId::weak_handle].size() == 3);
  CHECK(pieces[PieceId::weak_handle][0].range.begin == root);
  CHECK(fake.findings.partial() == false);
}

TEST_CASE("gc metadata: lists of the heap's parts and what they left behind") {
  FakeRuntime fake = with_memory(27);
  fake.slice(fake.at(Global::mheap, Field::mheap_heap_arenas), kScratch, 3,
             2048);  // 16 KiB, twice doubled
  const Address pages = fake.at(Global::mheap, Field::mheap_pages);
  fake.slice(fake.at(pages, Field::page_alloc_in_use), kScratch + 0x8000, 2, 16);
  fake.put(pages, Field::page_alloc_huge_pages, 1);
  add_processors(fake, 0);
  fake.walk("gc_metadata");
  REQUIRE(fake.model.pieces[PieceId::arena_list].size() == 1);
  CHECK(fake.model.pieces[PieceId::arena_list][0].range == range(kScratch, 16384));
  REQUIRE(fake.model.pieces[PieceId::in_use_ranges].size() == 1);
  CHECK(fake.model.pieces[PieceId::in_use_ranges][0].range == range(kScratch + 0x8000, 256));
  REQUIRE(fake.model.unplaced.size() == 2);
  CHECK(fake.model.unplaced[0].bytes == 4096 + 8192);
  CHECK(fake.model.unplaced[1].name == "clone of in-use ranges");
  CHECK(fake.model.unplaced[1].bytes == 256);
}

TEST_CASE("gc metadata: scav.inUse of 1.15 to 1.18 counts nowhere") {
  FakeRuntime fake = with_memory(18);
  const Address pages = fake.at(Global::mheap, Field::mheap_pages);
  fake.slice(fake.at(pages, Field::page_alloc_scav_in_use), kScratch, 1, 64);
  fake.walk("gc_metadata");
  REQUIRE(fake.model.pieces[PieceId::scavenge_ranges].size() == 1);
  CHECK(fake.model.pieces[PieceId::scavenge_ranges][0].range == range(kScratch, 1024));
  CHECK(fake.model.unplaced.empty());
}

TEST_CASE("gc metadata: nothing there") {
  FakeRuntime fake = with_memory(GENERATE(11, 14, 18, 27));
  add_processors(fake, 1);
  fake.walk("gc_metadata");
  CHECK(fake.model.pieces[PieceId::gc_bits_arena].empty());
  CHECK(fake.model.pieces[PieceId::finalizer_block].empty());
  CHECK(fake.model.unplaced.empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("gc metadata: damaged lists are named, the others are read") {
  FakeRuntime fake = with_memory(27);
  add_processors(fake, 1);
  fake.put(Global::allfin, kScratch);
  SECTION("cycle of gcBits arenas") {
    fake.put(Global::gc_bits_arenas, Field::gc_bits_free, kBits);
    fake.put(kBits, Field::gc_bits_arena_next, kBits);
    fake.walk("gc_metadata");
    CHECK(fake.found("gcBits arena implausible") == 1);
  }
  SECTION("gcBits arena in a hole") {
    fake.put(Global::gc_bits_arenas, Field::gc_bits_free, kNowhere);
    fake.walk("gc_metadata");
    CHECK(fake.found("gcBits arena unreadable") == 1);
  }
  SECTION("weak handles in a ring") {
    fake.put(Global::mheap, Field::mheap_immortal_weak, kBits);
    fake.put(kBits, Field::immortal_children, kBits.value(), 0);
    fake.put(kBits, Field::immortal_children, kBits.value(), 1);
    fake.walk("gc_metadata");
    CHECK(fake.found("immortalWeakHandle implausible") == 2);
    CHECK(fake.model.pieces[PieceId::weak_handle].size() == 1);
  }
  SECTION("weak handle in a hole") {
    fake.put(Global::mheap, Field::mheap_immortal_weak, kNowhere);
    fake.walk("gc_metadata");
    CHECK(fake.found("immortalWeakHandle unreadable") == 2);
  }
  SECTION("ring of a span queue and pointer buffer elsewhere") {
    fake.put(Global::work, Field::work_span_queues, kBits);
    fake.put(kBits, Field::spmc_ring, kNowhere);
    fake.put(kBits, Field::spmc_cap, 8);
    fake.put(p_at(0), Field::p_gcw_ptr_buf, Address(~0ull));
    fake.walk("gc_metadata");
    CHECK(fake.found("ring of a span queue implausible") == 1);
    CHECK(fake.found("p.gcw.ptrBuf implausible") == 1);
    CHECK(fake.model.pieces[PieceId::span_queue].empty());
    CHECK(fake.model.pieces[PieceId::pointer_buffer].empty());
  }
  SECTION("list of arenas") {
    fake.slice(fake.at(Global::mheap, Field::mheap_heap_arenas), kBits, 1, kHuge);
    fake.walk("gc_metadata");
    CHECK(fake.found("heap list implausible") == 1);
  }
  SECTION("list of arenas in a reservation") {
    fake.reserve(Address(0x100000000000), 1 << 20);
    fake.slice(fake.at(Global::mheap, Field::mheap_heap_arenas), Address(0x100000000000), 1, 1024);
    fake.walk("gc_metadata");
    CHECK(fake.found("heap list implausible") == 1);
    CHECK(fake.model.unplaced.empty());
  }
  CHECK(fake.model.pieces[PieceId::finalizer_block].size() == 1);
}
