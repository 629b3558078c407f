// Go 1.11 keeps no list of its persistentalloc chunks. Current ones have a cursor; full ones are
// what is left of writable anonymous memory after every other owner, in steps of 256 KiB, as far
// as something known lies inside.
#include <algorithm>

#include "go/derive/derive.h"

namespace memmap::go {
namespace {

void collect(const Model& model, PiecePlace place, std::vector<AddressRange>& ranges) {
  for (const PieceInfo& list : kPieces)
    if (list.place == place)
      for (const Piece& piece : model.pieces[list.id]) ranges.push_back(piece.range);
}

// What else of the runtime lies in writable anonymous mappings, whole pages.
std::vector<AddressRange> other_owners(const Known& known, const Model& model) {
  std::vector<AddressRange> owned;
  for (const HeapArena& arena : model.arenas) {
    owned.push_back(arena.range);
    owned.push_back(arena.metadata);
  }
  collect(model, PiecePlace::own_pages, owned);
  for (const NativePiece& piece : model.native.pieces) owned.push_back(piece.range);
  for (AddressRange& range : owned)
    range = {Address(round_down(range.begin.value(), known.page_size)),
             Address(round_up(range.end.value(), known.page_size))};
  std::sort(owned.begin(), owned.end());
  return owned;
}

// Pieces that persistentalloc made: proof that a chunk is there.
std::vector<Address> evidence(const Model& model) {
  std::vector<AddressRange> ranges;
  collect(model, PiecePlace::in_chunk, ranges);
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
  ChunkFinder(const Known& known, Model& model) : model_(model), evidence_(evidence(model)) {
    for (const Piece& tail : model.pieces[PieceId::free_tail])
      anchors_.push_back(Address(tail.range.end.value() - kPersistentChunk));
    std::sort(anchors_.begin(), anchors_.end());
    owned_ = other_owners(known, model);
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
      if (any_in(evidence_, range) || any_in(anchors_, range)) model_.pieces.add(PieceId::chunk_by_exclusion, range);
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

void derive_chunks_by_exclusion(const Known& known, Model& model) {
  if (known.traits.linked_chunks) return;
  ChunkFinder finder(known, model);
  AddressRange run;
  for (const Mapping& mapping : known.mappings) {
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
