// A literal Model in, claims out.
#include "annotate/annotate.h"

#include <set>

#include "map/address_map.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

std::vector<Claim> claims_of(void (*annotate)(const Model&, std::vector<Claim>&), const Model& model) {
  std::vector<Claim> claims;
  annotate(model, claims);
  return claims;
}

bool is(const Claim& c, AddressRange where, Kind kind, Level level, Path path, std::uint32_t index,
        Confidence confidence = Confidence::exact) {
  return c.range == where && c.kind == kind && c.level == level && c.path == path && c.index == index &&
         c.confidence == confidence;
}

Span span_at(std::uint64_t page, std::uint32_t npages, SpanUse use, std::uint32_t index = 0) {
  Span span;
  span.begin = kArena + page * 8192;
  span.npages = npages;
  span.use = use;
  span.index = index;
  return span;
}

// Each list of pieces, and each use, state and kind of the model's other things, at least once.
Model one_of_everything() {
  using U = StackRange::Use;
  Model model;
  for (const PieceInfo& list : kPieces) model.pieces.add(list.id, range(kScratch, 100));
  model.arenas = {{range(kArena, 64 << 20), 7, false, range(kHeapArena, 68624)}};
  model.spans = {span_at(0, 1, SpanUse::heap), span_at(1, 5, SpanUse::stack), span_at(6, 1, SpanUse::workbuf),
                 span_at(7, 1024, SpanUse::user_arena)};
  std::uint32_t slot = 0;
  for (const U use : {U::goroutine, U::g0, U::gsignal, U::gcrash, U::free})
    model.stacks.push_back({range(kArena + 8192 + slot++ * 8192, 8192), 1, slot, use});
  model.stacks.push_back({range(kNowhere, 8192), 2, slot, U::goroutine});  // GODEBUG efence
  for (const FreeRun::State state : {FreeRun::State::free, FreeRun::State::released, FreeRun::State::padding})
    model.free_runs.push_back({range(kArena, 8192), 0, state});
  model.native.images.push_back({"/app", {range(kScratch, 4096)}});
  for (int kind = 0; kind <= static_cast<int>(NativeKind::main_stack); ++kind)
    model.native.pieces.push_back(
        {range(kScratch, 4096), static_cast<NativeKind>(kind), true, NativePiece::kNoImage, {}});
  return model;
}

}  // namespace

TEST_CASE("annotate arenas: what is mapped, what is reserved, and the struct") {
  Model model;
  model.arenas = {{range(kArena, 64 << 20), 7, false, range(kHeapArena, 68624)}};
  model.heap_mapped = {range(kArena + (4 << 20), 4 << 20), range(kArena + (12 << 20), 48 << 20)};
  const auto claims = claims_of(annotate_arenas, model);
  REQUIRE(claims.size() == 6);
  CHECK(is(claims[0], range(kArena, 64 << 20), Kind::heap_arena, Level::region, Path::arenas, 7));
  CHECK(is(claims[1], range(kArena, 4 << 20), Kind::arena_reserve, Level::block, Path::arenas, 7, Confidence::derived));
  CHECK(is(claims[2], range(kArena + (8 << 20), 4 << 20), Kind::arena_reserve, Level::block, Path::arenas, 7,
           Confidence::derived));
  CHECK(is(claims[3], range(kArena + (60 << 20), 4 << 20), Kind::arena_reserve, Level::block, Path::arenas, 7,
           Confidence::derived));
  CHECK(is(claims[4], range(kHeapArena, 68624), Kind::heap_arena_struct, Level::region, Path::arenas, 7));
  CHECK(is(claims[5], range(kHeapArena + 68624, 69632 - 68624), Kind::page_rounding, Level::region, Path::rounding, 7,
           Confidence::derived));
}

TEST_CASE("annotate spans: each use has its kind") {
  Model model;
  model.spans = {span_at(0, 1, SpanUse::heap, 3), span_at(1, 2, SpanUse::stack, 4), span_at(3, 4, SpanUse::workbuf, 5),
                 span_at(7, 1024, SpanUse::user_arena, 6)};
  const auto claims = claims_of(annotate_spans, model);
  REQUIRE(claims.size() == 4);
  CHECK(is(claims[0], range(kArena, 8192), Kind::heap_span, Level::block, Path::allspans, 3));
  CHECK(claims[1].kind == Kind::stack_span);
  CHECK(claims[2].kind == Kind::workbuf_span);
  CHECK(is(claims[3], range(kArena + 7 * 8192, 8 << 20), Kind::user_arena_chunk, Level::block, Path::allspans, 6));
}

TEST_CASE("annotate free pages: state and origin") {
  using S = FreeRun::State;
  using O = FreeRun::Origin;
  Model model;
  model.free_runs = {{range(kArena, 8192), 0, S::padding, O::page_bits},
                     {range(kArena + 0x2000, 8192), 5, S::free, O::page_cache},
                     {range(kArena + 0x4000, 8192), 9, S::released, O::free_span},
                     {range(kArena + 0x6000, 8192), 0, S::released, O::cur_arena},
                     {range(kArena + 0x8000, 8192), 0, S::free, O::gap}};
  const auto claims = claims_of(annotate_free_pages, model);
  REQUIRE(claims.size() == 5);
  CHECK(is(claims[0], range(kArena, 8192), Kind::arena_padding, Level::block, Path::page_bits, 0));
  CHECK(is(claims[1], range(kArena + 0x2000, 8192), Kind::free_pages, Level::block, Path::page_cache, 5));
  CHECK(is(claims[2], range(kArena + 0x4000, 8192), Kind::released_pages, Level::block, Path::allspans, 9));
  CHECK(is(claims[3], range(kArena + 0x6000, 8192), Kind::released_pages, Level::block, Path::cur_arena, 3));
  CHECK(is(claims[4], range(kArena + 0x8000, 8192), Kind::free_pages, Level::block, Path::leftover, 4,
           Confidence::derived));
}

TEST_CASE("annotate stacks: slots of stack spans; others are not the runtime's") {
  using U = StackRange::Use;
  Model model;
  model.arenas = {{range(kArena, 64 << 20), 7, false, {}}};
  model.spans = {span_at(0, 4, SpanUse::stack), span_at(4, 4, SpanUse::heap)};
  model.stacks = {{range(kArena, 2048), 1, 0, U::goroutine},
                  {range(kArena + 2048, 2048), 0, 3, U::free},
                  {range(kArena + 4096, 4096), 99, 1, U::g0},
                  {range(kArena + 8192, 8192), 99, 1, U::gsignal},
                  {range(kArena + 4 * 8192, 2048), 2, 5, U::goroutine},   // in a heap span: stale
                  {range(kArena + 3 * 8192, 16384), 3, 6, U::goroutine},  // beyond its span
                  {range(kNowhere, 8 << 20), 100, 2, U::g0},              // made by pthread
                  {range(kScratch, 4096), 4, 8, U::goroutine}};           // GODEBUG efence
  const auto claims = claims_of(annotate_stacks, model);
  REQUIRE(claims.size() == 5);
  CHECK(is(claims[0], range(kArena, 2048), Kind::goroutine_stack, Level::slot, Path::allgs, 0));
  CHECK(is(claims[1], range(kArena + 2048, 2048), Kind::free_stack, Level::slot, Path::free_stacks, 3));
  CHECK(is(claims[2], range(kArena + 4096, 4096), Kind::system_stack, Level::slot, Path::allm_g0, 1));
  CHECK(is(claims[3], range(kArena + 8192, 8192), Kind::signal_stack, Level::slot, Path::allm_gsignal, 1));
  CHECK(is(claims[4], range(kScratch, 4096), Kind::system_goroutine_stack, Level::region, Path::allgs, 8,
           Confidence::derived));
}

TEST_CASE("annotate pieces: reservations and their mapped parts") {
  Model model;
  model.pieces[PieceId::page_summary] = {{range(kScratch, 1 << 20), 2}};
  model.pieces[PieceId::page_alloc] = {{range(kScratch + 4096, 4096), 2}};
  model.pieces[PieceId::page_alloc_index] = {{range(kChunk, 1 << 20), 4120}};
  model.pieces.add(PieceId::scavenge_index_reserve, range(kNowhere, 1 << 29));
  model.pieces.add(PieceId::scavenge_index, range(kNowhere, 4096));
  const auto claims = claims_of(annotate_pieces, model);
  REQUIRE(claims.size() == 5);
  CHECK(is(claims[0], range(kScratch, 1 << 20), Kind::page_summary, Level::region, Path::summary, 2));
  CHECK(is(claims[1], range(kScratch + 4096, 4096), Kind::page_alloc, Level::block, Path::summary, 2,
           Confidence::derived));
  CHECK(is(claims[2], range(kChunk, 1 << 20), Kind::page_alloc_index, Level::region, Path::chunks, 4120));
  CHECK(claims[3].kind == Kind::scavenge_index_reserve);
  CHECK(is(claims[4], range(kNowhere, 4096), Kind::scavenge_index, Level::block, Path::scavenge_index, 0,
           Confidence::derived));
}

TEST_CASE("annotate pieces: odd sizes are rounded to physical pages") {
  Model model;
  model.runtime.physical_page = 65536;
  model.pieces.add(PieceId::heap_index, range(kHeapIndex, 32 << 20));
  model.pieces.add(PieceId::allspans, range(kSpanArray, 65536));
  model.pieces.add(PieceId::profile_table, range(kScratch, 1439992));
  model.pieces[PieceId::gc_bits_arena] = {{range(kChunk, 65536), 4}};
  const auto claims = claims_of(annotate_pieces, model);
  REQUIRE(claims.size() == 5);
  CHECK(is(claims[0], range(kHeapIndex, 32 << 20), Kind::heap_index, Level::region, Path::heap_index, 0));
  CHECK(is(claims[1], range(kSpanArray, 65536), Kind::allspans, Level::region, Path::allspans_array, 0));
  CHECK(claims[2].kind == Kind::profile_table);
  CHECK(is(claims[3], range(kScratch + 1439992, 22 * 65536 - 1439992), Kind::page_rounding, Level::region,
           Path::rounding, 0, Confidence::derived));
  CHECK(is(claims[4], range(kChunk, 65536), Kind::gc_bits_arena, Level::region, Path::gc_bits_arenas, 4));
}

TEST_CASE("annotate pieces: persistentalloc chunks, listed or by exclusion, and their parts") {
  const bool exclusion = GENERATE(false, true);
  Model model;
  model.pieces[exclusion ? PieceId::chunk_by_exclusion : PieceId::persistent_chunk] = {{range(kChunk, 256 << 10), 2}};
  model.pieces[PieceId::mspan_pool] = {{range(kChunk + 64, 16320), 0}};
  model.pieces[PieceId::free_tail] = {{range(kChunk + 0x20000, 0x20000), 1}};
  const auto claims = claims_of(annotate_pieces, model);
  REQUIRE(claims.size() == 3);
  CHECK(is(claims[0], range(kChunk, 256 << 10), Kind::persistent_chunk, Level::region,
           exclusion ? Path::exclusion : Path::persistent_chunks, 2,
           exclusion ? Confidence::derived : Confidence::exact));
  CHECK(
      is(claims[1], range(kChunk + 0x20000, 0x20000), Kind::persistent_free, Level::block, Path::persistent_cursor, 1));
  CHECK(is(claims[2], range(kChunk + 64, 16320), Kind::mspan_pool, Level::block, Path::spanalloc, 0,
           Confidence::derived));
}

TEST_CASE("annotate: an empty model claims nothing") {
  for (const Annotator& annotator : kAnnotators) {
    CAPTURE(annotator.name);
    CHECK(claims_of(annotator.run, Model()).empty());
  }
}

// `memmap kinds` lists an id from when something makes it.
TEST_CASE("every kind is made: claimed, left by a container, or of a user's annotator alone") {
  std::set<std::string_view> made;
  const Model model = one_of_everything();
  for (const Annotator& annotator : kAnnotators)
    for (const Claim& claim : claims_of(annotator.run, model)) made.insert(info(claim.kind).id);

  Mapping mapping;
  mapping.range = range(kChunk, 512 << 10);  // half of it nothing explains
  const Claim chunk{range(kChunk, 256 << 10), 0, Path::persistent_chunks, Kind::persistent_chunk};
  Findings findings;
  const AddressMap map = AddressMap::resolve({&mapping, 1}, {chunk}, findings);
  for (const Node& node : map.nodes()) made.insert(info(map.claim(node).kind).id);

  const std::set<std::string_view> of_users = {"anonymous_user", "malloc_arena", "malloc_chunk"};
  for (const KindInfo& kind : kKinds) {
    INFO(kind.id);
    CHECK(made.count(kind.id) + of_users.count(kind.id) == 1);
  }
}
