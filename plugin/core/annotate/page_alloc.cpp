// The page allocator's own memory (1.14): large reservations of which little is mapped.
#include "annotate/annotate.h"

namespace memmap {

void annotate_page_alloc(const Model& model, std::vector<Claim>& claims) {
  const RuntimeMappings& m = model.mappings;
  for (const Piece& level : m.summaries)
    claims.push_back({level.range, level.index, Path::summary, Kind::page_summary, Level::region, Confidence::exact});
  for (const Piece& part : m.summary_mapped)
    claims.push_back({part.range, part.index, Path::summary, Kind::page_alloc, Level::block, Confidence::derived});
  for (const Piece& block : m.chunk_bitmaps)
    claims.push_back(
        {block.range, block.index, Path::chunks, Kind::page_alloc_index, Level::region, Confidence::exact});
  if (m.scavenge_reserve.empty()) return;
  claims.push_back(
      {m.scavenge_reserve, 0, Path::scavenge_index, Kind::scavenge_index_reserve, Level::region, Confidence::exact});
  claims.push_back(
      {m.scavenge_mapped, 0, Path::scavenge_index, Kind::scavenge_index, Level::block, Confidence::derived});
}

}  // namespace memmap
