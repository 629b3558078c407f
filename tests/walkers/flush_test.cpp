// What the flush inside ReadMemStats would move: span sets, stacks, persistentalloc.
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr std::uint64_t kSpineBytes = 2048;  // 256 pointers
constexpr std::uint64_t kBlockBytes = 4120;  // spanSetBlock of fake_types.h
constexpr Address kSpan = kScratch + 0x40000;

// P 0 runs a goroutine and has used `off` bytes of a chunk.
FakeRuntime with_caller(int minor, std::uint64_t off) {
  FakeRuntime fake(minor);
  fake.map(kScratch, 1 << 20);
  add_processors(fake, 2);
  fake.put(p_at(0), Field::p_m, kScratch);
  fake.put(kScratch, Field::m_curg, 1);
  const Address palloc = fake.at(p_at(0), Field::p_palloc);
  if (off != 0) fake.put(palloc, Field::persistent_base, kChunk);
  fake.put(palloc, Field::persistent_off, off);
  return fake;
}

// An mspan in P's mcache, with free slots (partial) or not (full).
void cache_span(FakeRuntime& fake, std::uint32_t p, std::uint32_t span_class, bool partial) {
  const Address at = kSpan + (p * 136 + span_class) * kMspanSize;
  fake.put(mcache_at(p), Field::mcache_alloc, at.value(), span_class);
  fake.put(at, Field::mspan_nelems, 8);
  fake.put(at, Field::mspan_alloc_count, partial ? 7 : 8);
}

Address set_at(const FakeRuntime& fake, std::uint32_t span_class, Field sets, std::uint32_t i) {
  return fake.at(fake.at(Global::mheap, Field::mheap_central, span_class), sets, i);
}

void put_set(FakeRuntime& fake, Address set, std::uint64_t len, std::uint64_t cap, std::uint64_t tail) {
  fake.put(set, Field::span_set_spine_len, len);
  fake.put(set, Field::span_set_spine_cap, cap);
  fake.put(set, Field::span_set_index, std::uint64_t{77} << 32 | tail);
}

}  // namespace

TEST_CASE("flush: the first push into a set takes a spine and a block") {
  FakeRuntime fake = with_caller(GENERATE(15, 27), 0x1008);
  cache_span(fake, 0, 5, true);
  cache_span(fake, 1, 5, true);  // the same set, its block has room now
  fake.walk("flush");
  CHECK(fake.model.flush.span_set_bytes == kSpineBytes + kBlockBytes);
  CHECK(fake.model.flush.new_chunks == 0);
}

TEST_CASE("flush: which set depends on free slots and on the sweep") {
  const bool partial = GENERATE(true, false);
  const std::uint64_t sweepgen = GENERATE(4ull, 6ull);
  FakeRuntime fake = with_caller(27, 8);
  fake.put(Global::mheap, Field::mheap_sweepgen, sweepgen);
  cache_span(fake, 0, 9, partial);
  const Field sets = partial ? Field::mcentral_partial : Field::mcentral_full;
  put_set(fake, set_at(fake, 9, sets, sweepgen / 2 % 2), 1, 256, 100);
  fake.walk("flush");
  CHECK(fake.model.flush.span_set_bytes == 0);
}

TEST_CASE("flush: a block when the last one is full, a larger spine when that is full too") {
  FakeRuntime fake = with_caller(27, 8);
  cache_span(fake, 0, 9, true);
  const Address set = set_at(fake, 9, Field::mcentral_partial, 0);
  SECTION("room in the block") {
    put_set(fake, set, 1, 256, 511);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == 0);
  }
  SECTION("block") {
    put_set(fake, set, 1, 256, 512);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == kBlockBytes);
  }
  SECTION("block and spine") {
    put_set(fake, set, 256, 256, 256 * 512);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == 2 * kSpineBytes + kBlockBytes);
  }
  SECTION("spine of 64 KiB") {
    put_set(fake, set, 4096, 4096, 4096 * 512);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == kBlockBytes);
    CHECK(fake.model.flush.own_mapping_bytes == 65536);
    CHECK(fake.model.flush.new_chunks == 0);
  }
  SECTION("pooled block") {
    put_set(fake, set, 1, 256, 512);
    fake.model.pieces[PieceId::pooled_span_set_block].resize(1);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == 0);
  }
}

TEST_CASE("flush: blocks are aligned to 64 bytes to 1.24 and to 512 from 1.25") {
  const int minor = GENERATE(15, 24, 25, 27);
  // Rounded to 64 the block ends 40 bytes before the chunk does, rounded to 512 behind it.
  FakeRuntime fake = with_caller(minor, 257960);
  cache_span(fake, 0, 9, true);
  put_set(fake, set_at(fake, 9, Field::mcentral_partial, 0), 1, 256, 512);
  fake.walk("flush");
  CHECK(fake.model.flush.span_set_bytes == kBlockBytes);
  CHECK(fake.model.flush.new_chunks == (minor >= 25 ? 1 : 0));
}

TEST_CASE("flush: each chunk loses its first word to the link") {
  FakeRuntime fake = with_caller(27, 0);
  for (std::uint32_t k = 0; k < 128; ++k) cache_span(fake, 0, k, true);
  fake.model.pieces[PieceId::pooled_span_set_block].resize(128);
  fake.walk("flush");
  // 128 spines would fill a chunk to the byte.
  CHECK(fake.model.flush.span_set_bytes == 128 * kSpineBytes);
  CHECK(fake.model.flush.new_chunks == 2);
}

TEST_CASE("flush: Ps beyond GOMAXPROCS and releases before 1.15 push nothing") {
  const int minor = GENERATE(14, 27);
  FakeRuntime fake = with_caller(minor, 8);
  if (minor == 27) fake.put(fake.at(Global::gomaxprocs), 1, 4);
  cache_span(fake, minor == 27 ? 1 : 0, 5, true);
  fake.walk("flush");
  CHECK(fake.model.flush.span_set_bytes == 0);
}

namespace {

constexpr Address kStack = kArena + 0x8000;

// Two stack spans: both stacks of the first are in caches, one of two of the second is.
FakeRuntime with_cached_stacks(int minor) {
  FakeRuntime fake = with_caller(minor, 8);
  fake.map(kArena, 4 << 20);
  for (std::uint32_t i = 0; i < 2; ++i) {
    Span span;
    span.begin = kStack + i * 0x8000;
    span.npages = 4;
    span.elem_size = 16384;
    span.alloc_count = 2;
    span.use = SpanUse::stack;
    fake.model.spans.push_back(span);
  }
  const auto head = [&](std::uint32_t p, std::uint32_t order) {
    return fake.at(mcache_at(p), Field::mcache_stackcache, order) + fake.layout()[Field::stackfreelist_list].offset;
  };
  fake.put(head(0, 3), kStack + 16384);
  fake.put(kStack + 16384, kStack + 0x8000);  // the next one is of the second span
  fake.put(head(1, 3), kStack);
  return fake;
}

}  // namespace

TEST_CASE("flush: a stack span whose stacks are all in caches goes back to the heap") {
  FakeRuntime fake = with_cached_stacks(GENERATE(11, 14, 18, 27));
  fake.walk("flush");
  CHECK(fake.model.flush.stack_bytes == 32768);
  CHECK(fake.model.flush.mspans_freed == 0);
  CHECK(fake.model.flush.stacks_known);
  CHECK(fake.model.flush.span_sets_known);
}

TEST_CASE("flush: no stack span is freed while a collection runs") {
  FakeRuntime fake = with_cached_stacks(27);
  fake.put(fake.at(Global::gcphase), 1, 4);
  fake.walk("flush");
  CHECK(fake.model.flush.stack_bytes == 0);
}

TEST_CASE("flush: more mspans freed than are in use is damage") {
  const std::uint64_t inuse = GENERATE(as<std::uint64_t>(), 0, kMspanSize - 1, kMspanSize);
  FakeRuntime fake = with_cached_stacks(27);
  fake.put(p_at(0), Field::p_mspan_cache_len, 128);
  fake.model.counters.mspan_inuse = inuse;
  fake.walk("flush");
  CHECK(fake.model.counters.mspan_inuse == inuse);  // as it stands before the flush
  CHECK(fake.found("fixalloc.inuse of mspans implausible") == (inuse == kMspanSize ? 0 : 1));
}

TEST_CASE("flush: its mspan is freed where the P has no room to keep it") {
  const int minor = GENERATE(14, 15, 27);
  const std::uint64_t kept = GENERATE(127ull, 128ull, 1048576ull);
  FakeRuntime fake = with_cached_stacks(minor);
  fake.put(p_at(0), Field::p_mspan_cache_len, kept);
  fake.walk("flush");
  // To 1.14 MSpanInuse is taken before the flush.
  CHECK(fake.model.flush.mspans_freed == (minor >= 15 && kept > 127 ? kMspanSize : 0));
}

TEST_CASE("flush: what cannot be read is unknown only where the flush needs it") {
  const int minor = GENERATE(14, 27);
  const bool mspans_move = minor != 14;
  FakeRuntime fake = with_cached_stacks(minor);
  Flush& flush = fake.model.flush;
  SECTION("stack caches") {
    fake.image().hole(range(fake.at(mcache_at(1), Field::mcache_stackcache), 32));
    fake.walk("flush");
    CHECK_FALSE(flush.stacks_known);
    CHECK(flush.mspans_known != mspans_move);
    CHECK(flush.span_sets_known);
  }
  SECTION("M of a P") {
    const bool pushes = GENERATE(false, true);
    fake.put(p_at(1), Field::p_m, kNowhere);
    if (pushes) cache_span(fake, 0, 5, true);
    fake.walk("flush");
    CHECK(flush.stacks_known);
    CHECK(flush.mspans_known != mspans_move);
    CHECK(flush.span_sets_known != (pushes && mspans_move));
  }
}

TEST_CASE("flush: damaged caches are named and move nothing more") {
  FakeRuntime fake = with_cached_stacks(27);
  SECTION("ring of stacks") {
    fake.put(kStack + 16384, kStack + 16384);
    fake.walk("flush");
    CHECK(fake.found("free stack listed twice") == 1);
  }
  SECTION("list that leads into another one") {
    fake.put(kStack, kStack + 16384);
    fake.walk("flush");
    CHECK(fake.found("free stack listed twice") == 1);
    CHECK(fake.model.flush.stack_bytes == 32768);
  }
  SECTION("stack behind its span") {
    fake.model.spans[1].alloc_count = 1;
    fake.put(kStack + 16384, kStack + 0x10000);
    fake.walk("flush");
    CHECK(fake.found("free stack outside stack spans") == 1);
    CHECK(fake.model.flush.stack_bytes == 32768);
  }
  SECTION("phase of the collection in a hole") {
    fake.image().hole(range(fake.at(Global::gcphase), 4096));
    fake.walk("flush");
    CHECK(fake.found("gcphase unreadable") == 1);
  }
  SECTION("stack in a hole") {
    fake.put(kStack, kNowhere);
    fake.walk("flush");
    CHECK(fake.found("free stack in a cache unreadable") == 1);
    CHECK(fake.model.flush.stack_bytes == 32768);
  }
  SECTION("mcache in a hole") {
    fake.put(p_at(1), Field::p_mcache, kNowhere);
    fake.walk("flush");
    CHECK(fake.model.flush.stack_bytes == 0);
  }
  SECTION("absurd set") {
    cache_span(fake, 0, 9, true);
    put_set(fake, set_at(fake, 9, Field::mcentral_partial, 0), ~0ull, ~0ull, 0xffffffff);
    fake.walk("flush");
    CHECK(fake.model.flush.span_set_bytes == 0);
    CHECK(fake.found("spanSet implausible") == 1);
    CHECK_FALSE(fake.model.flush.span_sets_known);
    return;
  }
  SECTION("cached mspan in a hole") {
    fake.put(mcache_at(0), Field::mcache_alloc, kNowhere.value(), 9);
    fake.walk("flush");
    CHECK(fake.found("mspan in an mcache unreadable") == 1);
    CHECK_FALSE(fake.model.flush.span_sets_known);
    return;
  }
  SECTION("cursor behind its chunk") {
    const bool pushes = GENERATE(false, true);
    fake.put(fake.at(p_at(0), Field::p_palloc), Field::persistent_off, 262145);
    if (pushes) cache_span(fake, 0, 9, true);
    fake.walk("flush");
    CHECK(fake.model.flush.span_sets_known != pushes);
    return;
  }
  CHECK_FALSE(fake.model.flush.stacks_known);
}
