// persistentalloc chunks, and the parts of them that are charged elsewhere than other_sys.
#include "annotate/annotate.h"

namespace memmap {

void annotate_persistent(const Model& model, std::vector<Claim>& claims) {
  const PersistentPieces& p = model.pieces;
  const auto parts = [&](const std::vector<Piece>& pieces, Kind kind, Path path, Confidence confidence) {
    for (const Piece& piece : pieces)
      claims.push_back({piece.range, piece.index, path, kind, Level::block, confidence});
  };
  for (const Piece& chunk : model.persistent_chunks)
    claims.push_back({chunk.range, chunk.index, model.chunks_by_exclusion ? Path::exclusion : Path::persistent_chunks,
                      Kind::persistent_chunk, Level::region,
                      model.chunks_by_exclusion ? Confidence::derived : Confidence::exact});
  parts(p.mspan_pools, Kind::mspan_pool, Path::spanalloc, Confidence::derived);
  parts(p.mcache_pools, Kind::mcache_pool, Path::cachealloc, Confidence::derived);
  parts(p.weak_special_pools, Kind::weak_special_pool, Path::weak_specials, Confidence::derived);
  parts(p.spmc_pools, Kind::spmc_pool, Path::spmc_alloc, Confidence::derived);
  parts(p.arena_lists, Kind::arena_list, Path::arena_list, Confidence::exact);
  parts(p.user_arena_lists, Kind::arena_list, Path::user_arena_list, Confidence::exact);
  parts(p.in_use_ranges, Kind::in_use_ranges, Path::in_use_array, Confidence::exact);
  parts(p.scavenge_ranges, Kind::scavenge_ranges, Path::scav_in_use_array, Confidence::exact);
  parts(p.span_set_spines, Kind::span_set_spine, Path::central, Confidence::exact);
  parts(p.span_set_blocks, Kind::span_set_block, Path::central, Confidence::exact);
  parts(p.pooled_span_set_blocks, Kind::span_set_block, Path::block_pool, Confidence::exact);
  parts(p.sweep_spines, Kind::sweep_buffer, Path::sweep_spans, Confidence::exact);
  parts(p.sweep_blocks, Kind::sweep_buffer, Path::sweep_spans, Confidence::exact);
  parts(p.finalizer_blocks, Kind::finalizer_block, Path::allfin, Confidence::exact);
  parts(p.cleanup_blocks, Kind::cleanup_block, Path::cleanups, Confidence::exact);
  parts(p.pointer_buffers, Kind::gc_pointer_buffer, Path::ptr_buffers, Confidence::exact);
  parts(p.weak_handles, Kind::weak_handle, Path::immortal_weak, Confidence::exact);
  parts(p.pointer_masks, Kind::pointer_mask, Path::modules, Confidence::exact);
  parts(p.buckets, Kind::profile_bucket, Path::buckets, Confidence::exact);
  parts(p.free_tails, Kind::persistent_free, Path::persistent_cursor, Confidence::exact);
}

}  // namespace memmap
