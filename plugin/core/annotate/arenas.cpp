// Heap arenas and their structs. What an arena has mapped is in heap_mapped; the rest is
// reserved and costs nothing.
#include "annotate/annotate.h"

namespace memmap {
namespace {

void claim_reserve(const Model& model, const HeapArena& arena, std::vector<Claim>& claims) {
  Address at = arena.range.begin;
  const auto reserve = [&](Address end) {
    if (at < end)
      claims.push_back({{at, end}, arena.index, Path::arenas, Kind::arena_reserve, Level::block, Confidence::derived});
  };
  for (const AddressRange& mapped : model.heap_mapped) {
    if (!mapped.overlaps(arena.range)) continue;
    reserve(mapped.begin);
    at = mapped.end;
  }
  reserve(arena.range.end);
}

}  // namespace

void annotate_arenas(const Model& model, std::vector<Claim>& claims) {
  for (const HeapArena& arena : model.arenas) {
    claims.push_back({arena.range, arena.index, Path::arenas, Kind::heap_arena, Level::region, Confidence::exact});
    claim_reserve(model, arena, claims);
    claim_rounded(
        model, {arena.metadata, arena.index, Path::arenas, Kind::heap_arena_struct, Level::region, Confidence::exact},
        claims);
  }
}

}  // namespace memmap
