// Mappings that the runtime made for one purpose each.
#include "annotate/annotate.h"

namespace memmap {

void annotate_metadata(const Model& model, std::vector<Claim>& claims) {
  const RuntimeMappings& m = model.mappings;
  const auto one = [&](AddressRange range, Kind kind, Path path) {
    claim_rounded(model, range, kind, {path, 0}, claims);
  };
  const auto all = [&](const std::vector<Piece>& pieces, Kind kind, Path path) {
    for (const Piece& piece : pieces) claim_rounded(model, piece.range, kind, {path, piece.index}, claims);
  };
  one(m.allspans, Kind::allspans, Path::allspans_array);
  one(m.profile_table, Kind::profile_table, Path::buckhash);
  all(m.gc_bits_arenas, Kind::gc_bits_arena, Path::gc_bits_arenas);
  all(m.trace_buffers, Kind::trace_buffer, Path::trace);
  all(m.trace_arenas, Kind::trace_arena, Path::trace);
  all(m.span_queues, Kind::gc_span_queue, Path::span_queues);
  all(m.checkmarks, Kind::checkmarks, Path::checkmarks);
  all(m.debug_logs, Kind::debug_log, Path::dloggers);
  all(m.vgetrandom_states, Kind::vgetrandom_states, Path::vgetrandom);
  all(m.heap_dumps, Kind::heap_dump, Path::heapdump);
}

}  // namespace memmap
