#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kSummary{0x7e8000000000};  // five reservations, 1 GiB apart
constexpr Address kScavenge{0x7e9000000000};
constexpr Address kBitmaps{0x7f0010000000};
constexpr std::uint64_t kChunk0 = 0x2030000;  // (kArena + 2^47) / 4 MiB
constexpr std::uint64_t kGiB = 1 << 30;

Address pages(const FakeRuntime& fake) { return fake.at(Global::mheap, Field::mheap_pages); }

void use(FakeRuntime& fake, const std::vector<AddressRange>& ranges) {
  fake.slice(fake.at(pages(fake), Field::page_alloc_in_use), kScratch, ranges.size(), 16);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    fake.put(kScratch + 16 * i, ranges[i].begin);
    fake.put(kScratch + 16 * i + 8, ranges[i].end);
  }
}

void add_scavenge_index(FakeRuntime& fake, int minor) {
  const bool words = minor >= 21;  // 8 bytes for each chunk; before, one for 8 chunks
  const std::uint64_t cap = words ? 1 << 26 : 1 << 23;
  const std::uint64_t first = words ? kChunk0 : kChunk0 / 8;
  fake.reserve(kScavenge, cap * (words ? 8 : 1));
  fake.slice(fake.at(pages(fake), Field::page_alloc_scav_chunks), kScavenge, cap, cap);
  fake.put(pages(fake), Field::page_alloc_scav_min, first);
  fake.put(pages(fake), Field::page_alloc_scav_max, first + 1);
}

// One chunk in use, its bitmap all allocated.
FakeRuntime page_heap(int minor) {
  FakeRuntime fake(minor);
  add_arena(fake);
  use(fake, {range(kArena, 4 << 20)});
  for (std::uint32_t level = 0; level < 5; ++level) {
    const std::uint64_t entries = std::uint64_t{1} << (14 + 3 * level);
    fake.reserve(kSummary + level * kGiB, entries * 8);
    fake.slice(fake.at(pages(fake), Field::page_alloc_summary, level), kSummary + level * kGiB, entries, entries);
  }
  if (minor >= 19) add_scavenge_index(fake, minor);
  fake.map(kBitmaps, 1 << 20);
  fake.put(fake.at(pages(fake), Field::page_alloc_chunks, kChunk0 / 8192), kBitmaps);
  for (std::uint32_t word = 0; word < 8; ++word) fake.put(kBitmaps, Field::palloc_data_bits, ~0ull, word);
  fake.slice(fake.at(Global::allp), {}, 0, 0);
  return fake;
}

AddressRange page_run(std::uint64_t first, std::uint64_t count) { return range(kArena + first * 8192, count * 8192); }

bool is(const FreeRun& run, AddressRange where, FreeRun::State state, FreeRun::Origin origin) {
  return run.range == where && run.state == state && run.origin == origin;
}

using State = FreeRun::State;
using Origin_ = FreeRun::Origin;

}  // namespace

TEST_CASE("page alloc: what is mapped of summaries and indices") {
  const int minor = GENERATE(14, 18, 20, 21, 27);
  FakeRuntime fake = page_heap(minor);
  fake.walk("page_alloc");
  const Pieces& pieces = fake.model.pieces;
  CHECK(fake.model.heap_mapped == std::vector{range(kArena, 4 << 20)});
  REQUIRE(pieces[PieceId::page_summary].size() == 5);
  CHECK(pieces[PieceId::page_summary][4].range == range(kSummary + 4 * kGiB, 512 << 20));
  REQUIRE(pieces[PieceId::page_alloc].size() == 5);
  CHECK(pieces[PieceId::page_alloc][0].range == range(kSummary, 128 << 10));
  CHECK(pieces[PieceId::page_alloc][1].range == range(kSummary + kGiB + 0x80000, 4096));
  CHECK(pieces[PieceId::page_alloc][2].range == range(kSummary + 2 * kGiB + 0x406000, 4096));
  CHECK(pieces[PieceId::page_alloc][3].range == range(kSummary + 3 * kGiB + 0x2030000, 4096));
  CHECK(pieces[PieceId::page_alloc][4].range == range(kSummary + 4 * kGiB + 0x10180000, 4096));
  REQUIRE(pieces[PieceId::page_alloc_index].size() == 1);
  CHECK(pieces[PieceId::page_alloc_index][0].range == range(kBitmaps, 1 << 20));
  CHECK(pieces[PieceId::page_alloc_index][0].index == 4120);
  if (minor < 19) CHECK(pieces.only(PieceId::scavenge_index).empty());
  if (minor == 20) CHECK(pieces.only(PieceId::scavenge_index) == range(kScavenge + 0x406000, 4096));
  if (minor >= 21) CHECK(pieces.only(PieceId::scavenge_index) == range(kScavenge + 0x10180000, 4096));
  CHECK(fake.model.free_runs.empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("page alloc: ranges of two arenas are mapped apart, neighbours together") {
  FakeRuntime fake = page_heap(27);
  fake.map(kArena + (256 << 20), 64 << 20);
  // 256 MiB are 64 chunks: one page of level 4 holds 512.
  use(fake, {range(kArena, 4 << 20), range(kArena + (256 << 20), 4 << 20)});
  fake.walk("page_alloc");
  CHECK(fake.model.pieces[PieceId::page_alloc].size() == 5);
  CHECK(fake.model.pieces[PieceId::page_alloc][4].range.size() == 4096);
}

TEST_CASE("page alloc: free, released and padding pages") {
  FakeRuntime fake = page_heap(27);
  fake.put(kBitmaps, Field::palloc_data_bits, ~0x70ull, 0);       // pages 4, 5, 6
  fake.put(kBitmaps, Field::palloc_data_scavenged, 0x41, 0);      // pages 0 and 6
  fake.put(kBitmaps, Field::palloc_data_bits, ~(1ull << 63), 3);  // page 255
  fake.put(kBitmaps, Field::palloc_data_bits, ~1ull, 4);          // page 256
  fake.walk("page_alloc");
  const std::vector<FreeRun>& runs = fake.model.free_runs;
  REQUIRE(runs.size() == 4);
  CHECK(is(runs[0], page_run(0, 1), State::padding, Origin_::page_bits));
  CHECK(is(runs[1], page_run(4, 2), State::free, Origin_::page_bits));
  CHECK(is(runs[2], page_run(6, 1), State::released, Origin_::page_bits));
  CHECK(is(runs[3], page_run(255, 2), State::free, Origin_::page_bits));
}

TEST_CASE("page alloc: page caches of Ps, whose scav bits may cover what they do not own") {
  FakeRuntime fake = page_heap(27);
  add_processors(fake, 2);
  const Address pcache = fake.at(p_at(1), Field::p_pcache);
  fake.put(pcache, Field::page_cache_base, kArena + 64 * 8192);
  fake.put(pcache, Field::page_cache_cache, 0b1011);
  fake.put(pcache, Field::page_cache_scav, 0b1110);
  fake.walk("page_alloc");
  const std::vector<FreeRun>& runs = fake.model.free_runs;
  REQUIRE(runs.size() == 3);
  CHECK(is(runs[0], page_run(64, 1), State::free, Origin_::page_cache));
  CHECK(is(runs[1], page_run(65, 1), State::released, Origin_::page_cache));
  CHECK(is(runs[2], page_run(67, 1), State::released, Origin_::page_cache));
  CHECK(runs[0].index == 1);
}

TEST_CASE("page alloc: nothing before 1.14") {
  FakeRuntime fake(13);
  fake.walk("page_alloc");
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("page alloc: an absurd range in use loses only itself") {
  const AddressRange bad =
      GENERATE(range(kArena + 8192, 4 << 20), range(kNowhere, 4 << 20), range(kArena, kHuge),
               AddressRange{kArena + (8 << 20), kArena}, AddressRange{}, range(kArena + (8 << 20), 5000));
  FakeRuntime fake = page_heap(27);
  use(fake, {bad, range(kArena, 4 << 20)});
  fake.walk("page_alloc");
  CHECK(fake.model.heap_mapped == std::vector{range(kArena, 4 << 20)});
  CHECK(fake.found("mheap_.pages.inUse range") == 1);
}

TEST_CASE("page alloc: no page is in use twice") {
  FakeRuntime fake = page_heap(27);
  const AddressRange first = range(kArena, 8 << 20);
  const AddressRange last = range(kArena + (16 << 20), 4 << 20);
  const AddressRange bad = GENERATE(range(kArena, 8 << 20), range(kArena + (4 << 20), 8 << 20), range(kArena, 4 << 20),
                                    range(kArena + (4 << 20), 4 << 20));
  use(fake, {first, bad, last});
  fake.walk("page_alloc");
  CHECK(fake.model.heap_mapped == std::vector{first, last});
  CHECK(fake.found("order of mheap_.pages.inUse") == 1);
}

TEST_CASE("page alloc: damaged parts are named, the others stay") {
  FakeRuntime fake = page_heap(27);
  const Address base = pages(fake);
  SECTION("inUse") {
    fake.slice(fake.at(base, Field::page_alloc_in_use), kScratch, kHuge, kHuge);
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.inUse implausible") == 1);
    CHECK(fake.model.pieces[PieceId::page_alloc_index].size() == 1);
  }
  SECTION("inUse longer than what is mapped") {
    fake.slice(fake.at(base, Field::page_alloc_in_use), kScratch, (1 << 16) + 1, 1 << 20);
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.inUse implausible") == 1);
    CHECK(fake.found("mheap_.pages.inUse range") == 0);
  }
  SECTION("inUse in a hole") {
    fake.image().hole(range(kScratch, 4096));
    fake.walk("page_alloc");
    CHECK(fake.found("addrRange unreadable") == 1);
    CHECK(fake.model.pieces[PieceId::page_summary].size() == 5);
  }
  SECTION("summary") {
    // 8 bytes times the last but one wrap around to the right size; the last is in the reservation.
    fake.put(fake.at(base, Field::page_alloc_summary, 2) + 16,
             GENERATE(as<std::uint64_t>(), 0, 1ull << 61, (1ull << 61) + (1 << 20), 1 << 19));
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.summary") == 1);
    CHECK(fake.model.pieces[PieceId::page_summary].size() == 4);
  }
  SECTION("scavenge index") {
    fake.put(base, Field::page_alloc_scav_max, GENERATE(0ull, kHuge));
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.scav.index") == 1);
    CHECK(fake.model.pieces.only(PieceId::scavenge_index_reserve).empty());
  }
  SECTION("scavenge index whose size wraps around") {
    const std::uint64_t cap = (1ull << 61) + (1 << 26);
    fake.slice(fake.at(base, Field::page_alloc_scav_chunks), kScavenge, cap, cap);
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.scav.index") == 1);
    CHECK(fake.model.pieces.only(PieceId::scavenge_index_reserve).empty());
  }
  SECTION("scavenge index that does not start at a page") {
    fake.slice(fake.at(base, Field::page_alloc_scav_chunks), kScavenge + 8, 1 << 20, 1 << 20);
    fake.put(base, Field::page_alloc_scav_min, 0);
    fake.put(base, Field::page_alloc_scav_max, 1 << 20);
    fake.walk("page_alloc");
    CHECK(fake.model.pieces.only(PieceId::scavenge_index) == range(kScavenge + 8, 8 << 20));
    CHECK(fake.model.pieces.only(PieceId::scavenge_index_reserve) == range(kScavenge + 8, 8 << 20));
  }
  SECTION("bitmaps") {
    fake.put(fake.at(base, Field::page_alloc_chunks, kChunk0 / 8192), kNowhere);
    fake.walk("page_alloc");
    CHECK(fake.found("mheap_.pages.chunks implausible") == 1);
    CHECK(fake.found("page bitmap of a heap range not found") == 1);
  }
  SECTION("bitmaps in a hole") {
    fake.image().hole(range(kBitmaps, 4096));
    fake.walk("page_alloc");
    CHECK(fake.found("pallocData unreadable") == 1);
  }
}

TEST_CASE("page alloc: an absurd page cache or list of Ps is named") {
  FakeRuntime fake = page_heap(27);
  add_processors(fake, 2);
  const Address pcache = fake.at(p_at(0), Field::p_pcache);
  fake.put(pcache, Field::page_cache_cache, ~0ull);
  SECTION("cache") {
    fake.put(pcache, Field::page_cache_base, GENERATE(0ull, 0xc000000001, 0x7e0000000000, 0xffffffffffffe000));
    fake.walk("page_alloc");
    CHECK(fake.found("p.pcache implausible") == 1);
  }
  SECTION("P in a hole") {
    fake.put(kAllp, kNowhere);
    fake.walk("page_alloc");
    CHECK(fake.found("p unreadable") == 1);
  }
  SECTION("list") {
    fake.slice(fake.at(Global::allp), GENERATE(kNowhere, kAllp), kHuge, kHuge);
    fake.walk("page_alloc");
    CHECK(fake.found("allp") == 1);
  }
  CHECK(fake.model.free_runs.empty());
}
