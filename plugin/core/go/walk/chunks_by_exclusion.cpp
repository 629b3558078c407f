// Go 1.11 keeps no list of its persistentalloc chunks. Current ones have a cursor; full ones are
// what is left of writable anonymous memory after every other owner, in steps of 256 KiB, as far
// as something known lies inside.
#include <algorithm>

#include "go/walk/walk.h"

namespace memmap::go {
namespace {

void collect(const std::vector<Piece>& pieces, std::vector<AddressRange>& ranges) {
  for (const Piece& piece : pieces) ranges.push_back(piece.range);
}

// What else of the runtime lies in writable anonymous mappings, whole pages.
std::vector<AddressRange> other_owners(const Runtime& runtime, const Model& model) {
  std::vector<AddressRange> owned;
  const RuntimeMappings& m = model.mappings;
  for (const HeapArena& arena : model.arenas) {
    owned.push_back(arena.range);
    owned.push_back(arena.metadata);
  }
  for (const AddressRange& range : {m.heap_index, m.allspans, m.profile_table}) owned.push_back(range);
  collect(m.gc_bits_arenas, owned);
  collect(m.trace_buffers, owned);
  collect(m.trace_arenas, owned);
  collect(m.heap_dumps, owned);
  for (const NativePiece& piece : model.native.pieces) owned.push_back(piece.range);
  const std::uint64_t page = runtime.target().platform.page_size;
  for (AddressRange& range : owned)
    range = {Address(round_down(range.begin.value(), page)), Address(round_up(range.end.value(), page))};
  std::sort(owned.begin(), owned.end());
  return owned;
}

// Pieces that persistentalloc made: proof that a chunk is there.
std::vector<Address> evidence(const Model& model) {
  std::vector<AddressRange> ranges;
  const PersistentPieces& p = model.pieces;
  for (const auto* pieces : {&p.mspan_pools, &p.mcache_pools, &p.sweep_spines, &p.sweep_blocks, &p.finalizer_blocks,
                             &p.pointer_masks, &p.buckets, &p.free_tails})
    collect(*pieces, ranges);
  std::vector<Address> found;
  for (const AddressRange& range : ranges) found.push_back(range.begin);
  std::sort(found.begin(), found.end());
  return found;
}

bool any_in(const std::vector<Address>& sorted, AddressRange range) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), range.begin);
  return at != sorted.end() && *at < range.end;
}

class ChunkFinder {
 public:
  ChunkFinder(const Runtime& runtime, Model& model) : model_(model), evidence_(evidence(model)) {
    for (const Piece& tail : model.pieces.free_tails)
      anchors_.push_back(Address(tail.range.end.value() - kPersistentChunk));
    std::sort(anchors_.begin(), anchors_.end());
    owned_ = other_owners(runtime, model);
  }

  // One run of adjacent writable anonymous mappings.
  void search(AddressRange run) {
    Address at = run.begin;
    for (const AddressRange& owned : owned_) {
      if (owned.end <= at || owned.begin >= run.end) continue;
      if (at < owned.begin) cut({at, owned.begin});
      at = std::max(at, owned.end);
    }
    if (at < run.end) cut({at, run.end});
  }

 private:
  // A gap between other owners: chunks touch each other, so one whose start a cursor tells fixes
  // the grid; without one they start at the low end.
  void cut(AddressRange gap) {
    const auto anchor = std::lower_bound(anchors_.begin(), anchors_.end(), gap.begin);
    std::uint64_t phase = 0;
    if (anchor != anchors_.end() && *anchor < gap.end) phase = (*anchor - gap.begin) % kPersistentChunk;
    for (Address at = gap.begin + phase; at + kPersistentChunk <= gap.end; at = at + kPersistentChunk) {
      const AddressRange range{at, at + kPersistentChunk};
      if (any_in(evidence_, range) || any_in(anchors_, range))
        model_.persistent_chunks.push_back({range, static_cast<std::uint32_t>(model_.persistent_chunks.size())});
    }
  }

  Model& model_;
  std::vector<Address> evidence_;
  std::vector<Address> anchors_;  // starts of chunks that a cursor tells
  std::vector<AddressRange> owned_;
};

bool may_hold_chunks(const Mapping& mapping) {
  return mapping.file.empty() && !mapping.shared && mapping.permissions.read && mapping.permissions.write;
}

}  // namespace

void walk_chunks_by_exclusion(const Runtime& runtime, Model& model, Findings&) {
  if (runtime.traits().linked_chunks) return;
  model.chunks_by_exclusion = true;
  ChunkFinder finder(runtime, model);
  AddressRange run;
  for (const Mapping& mapping : runtime.target().mappings) {
    if (may_hold_chunks(mapping) && mapping.range.begin == run.end) {
      run.end = mapping.range.end;
      continue;
    }
    if (!run.empty()) finder.search(run);
    run = may_hold_chunks(mapping) ? mapping.range : AddressRange{};
  }
  if (!run.empty()) finder.search(run);
}

}  // namespace memmap::go
