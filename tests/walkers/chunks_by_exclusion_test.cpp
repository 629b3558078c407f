// Go 1.11 lists no persistentalloc chunks: they are what other owners leave. The well-known
// 34.4 MiB mapping of pmap is the first test.
#include "annotate/annotate.h"
#include "map/address_map.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr std::uint64_t kKiB = 1024;
constexpr std::uint64_t kChunkBytes = 256 * kKiB;
constexpr std::uint64_t kHeapArenaStruct = 2162688;  // 2 MiB + 64 KiB

// One mapping, as the kernel merges what mmap puts side by side.
constexpr Address kBig{0x7f1000000000};
constexpr Address kOurChunk = kBig;
constexpr Address kIndex = kOurChunk + kChunkBytes;
constexpr Address kStruct = kIndex + 32 * 1024 * kKiB;
constexpr Address kAllspans = kStruct + kHeapArenaStruct;
constexpr Address kGcBits = kAllspans + 64 * kKiB;
constexpr Address kBigEnd = kGcBits + 64 * kKiB;

// `used` bytes of the chunk are handed out; all of them: no cursor tells where it is.
FakeRuntime puzzle(std::uint64_t used) {
  FakeRuntime fake(11);
  fake.map(kBig, kBigEnd - kBig);
  fake.map(kArena, 64 << 20);
  add_processors(fake, 1);
  fake.put(Global::mheap, Field::mheap_arenas, kIndex);
  fake.put(kIndex + 8 * kArenaIndex, kStruct);
  fake.slice(fake.at(Global::mheap, Field::mheap_allspans), kAllspans, 2, 8192);
  const Address first = kOurChunk + 64;
  for (std::uint32_t i = 0; i < 2; ++i) {
    const Address mspan = first + i * kMspanSize;
    fake.put(kAllspans + 8 * i, mspan);
    fake.put(mspan, Field::mspan_start, kArena + i * 8192);
    fake.put(mspan, Field::mspan_npages, i == 0 ? 1 : 8191);
    fake.put(mspan, Field::mspan_state, i == 0 ? 1 : 3);
    fake.put(mspan, Field::mspan_elemsize, i == 0 ? 8 : 0);
  }
  fake.put(fake.at(Global::mheap, Field::mheap_spanalloc), Field::fixalloc_size, kMspanSize);
  fake.put(Global::gc_bits_arenas, Field::gc_bits_next, kGcBits);
  const Address palloc = fake.at(p_at(0), Field::p_palloc);
  fake.put(palloc, Field::persistent_base, kOurChunk);
  fake.put(palloc, Field::persistent_off, used);
  return fake;
}

AddressMap map_of(FakeRuntime& fake) {
  std::vector<Claim> claims;
  for (const Annotator& annotator : kAnnotators) annotator.run(fake.model, claims);
  return AddressMap::resolve(fake.target.mappings, std::move(claims), fake.findings);
}

std::vector<AddressRange> rows(const AddressMap& map, Kind kind) {
  std::vector<AddressRange> found;
  for (const Node& node : map.nodes())
    if (node.depth == 1 && map.claim(node).kind == kind) found.push_back(node.range);
  return found;
}

std::vector<AddressRange> chunks(const FakeRuntime& fake) {
  std::vector<AddressRange> found;
  for (const Piece& piece : fake.model.pieces[PieceId::chunk_by_exclusion]) found.push_back(piece.range);
  return found;
}

Piece pool_at(Address at) { return {range(at, 16384), 0}; }

}  // namespace

TEST_CASE("1.11: the mapping of 34.44 MiB is five things, and no byte of it is unknown") {
  REQUIRE(kBigEnd - kBig == 36110336);
  FakeRuntime fake = puzzle(GENERATE(0x8000ull, 0x40000ull));
  fake.walk_all();
  const AddressMap map = map_of(fake);
  CHECK(rows(map, Kind::persistent_chunk) == std::vector{range(kOurChunk, kChunkBytes)});
  CHECK(rows(map, Kind::heap_index) == std::vector{range(kIndex, 32 << 20)});
  CHECK(rows(map, Kind::heap_arena_struct) == std::vector{range(kStruct, kHeapArenaStruct)});
  CHECK(rows(map, Kind::allspans) == std::vector{range(kAllspans, 65536)});
  CHECK(rows(map, Kind::gc_bits_arena) == std::vector{range(kGcBits, 65536)});
  std::uint64_t explained = 0;
  for (const Node& node : map.nodes())
    if (range(kBig, kBigEnd - kBig).contains(node.range)) {
      if (map.claim(node).kind == Kind::unknown) CHECK(node.self_bytes == 0);
      explained += node.self_bytes;
    }
  CHECK(explained == 36110336);
  CHECK(rows(map, Kind::heap_arena) == std::vector{range(kArena, 64 << 20)});
  CHECK(map.self_bytes(Kind::heap_span) == 8192);
  CHECK(map.self_bytes(Kind::free_pages) == (64 << 20) - 8192);
}

TEST_CASE("1.11: a cursor fixes the grid of the chunks beside it") {
  FakeRuntime fake(11);
  fake.map(kBig, 4 * kChunkBytes);
  // Something unnamed lies below; the second chunk's end is known.
  const Address grid = kBig + 0x10000;
  fake.model.pieces[PieceId::free_tail] = {{{grid + kChunkBytes + 0x3000, grid + 2 * kChunkBytes}, 1}};
  fake.model.pieces[PieceId::mspan_pool] = {pool_at(grid + 64)};
  fake.derive();
  CHECK(chunks(fake) == std::vector{range(grid, kChunkBytes), range(grid + kChunkBytes, kChunkBytes)});
}

TEST_CASE("1.11: no chunk without something known inside, and none in what others own") {
  FakeRuntime fake(11);
  fake.map(kBig, 4 * kChunkBytes);
  fake.model.pieces.add(PieceId::allspans, range(kBig, kChunkBytes - 100));  // whole pages of it
  fake.model.pieces[PieceId::profile_bucket] = {pool_at(kBig + 2 * kChunkBytes), pool_at(kBig)};
  fake.derive();
  CHECK(chunks(fake) == std::vector{range(kBig + 2 * kChunkBytes, kChunkBytes)});
}

TEST_CASE("1.11: chunks across adjacent mappings, not in files, shared or reserved memory") {
  FakeRuntime fake(11);
  fake.map(kBig, kChunkBytes / 2);
  fake.map(kBig + kChunkBytes / 2, kChunkBytes / 2);
  fake.map(kScratch, kChunkBytes);
  for (Mapping& m : fake.target.mappings)
    if (m.range.begin == kScratch) m.file = "/dev/zero";
  fake.reserve(kNowhere, kChunkBytes);
  fake.model.pieces[PieceId::mspan_pool] = {pool_at(kBig + 64), pool_at(kScratch), pool_at(kNowhere)};
  fake.derive();
  CHECK(chunks(fake) == std::vector{range(kBig, kChunkBytes)});
}

TEST_CASE("1.12 and newer have a list") {
  FakeRuntime fake(GENERATE(12, 27));
  fake.map(kBig, kChunkBytes);
  fake.model.pieces[PieceId::mspan_pool] = {pool_at(kBig)};
  fake.derive();
  CHECK(fake.model.pieces[PieceId::chunk_by_exclusion].empty());
}
