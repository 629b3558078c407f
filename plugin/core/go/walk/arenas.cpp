// mheap_.arenas: the heap arenas, their heapArena structs, and the index that leads to them.
#include <algorithm>

#include "go/arena_index.h"
#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

// newCheckmarksMap: one bit for each word of the arena (mcheckmark.go, 1.16).
void add_checkmarks(const Runtime& runtime, const HeapArena& arena, Model& model, Findings& findings) {
  if (!runtime.has(Group::checkmarks)) return;
  const auto marks = checked_word(runtime, runtime.at(arena.metadata.begin, Field::heap_arena_checkmarks),
                                  "heapArena.checkmarks", findings);
  if (!marks || *marks == 0) return;
  const auto map = AddressRange::of(Address(*marks), kHeapArenaBytes / 64);
  if (map && runtime.mapped(*map))
    model.pieces.add(PieceId::checkmarks, *map, arena.index);
  else
    findings.add(Severity::warning, {FaultCode::implausible, "heapArena.checkmarks", Address(*marks)});
}

void add_arena(const Runtime& runtime, std::uint64_t index, bool user, Model& model, Findings& findings) {
  const Address slot = model.pieces.only(PieceId::heap_index).begin + 8 * index;
  const Result<std::uint64_t> metadata = read_word(runtime.memory(), slot);
  const std::optional<AddressRange> range = arena_range(index);
  if (!metadata || *metadata == 0 || !range) {
    findings.add(Severity::warning, {FaultCode::implausible, "heap arena in the list", slot});
    return;
  }
  const auto bytes = AddressRange::of(Address(*metadata), runtime.size_of(Type::heap_arena));
  if (!bytes || !runtime.mapped(*bytes)) {
    findings.add(Severity::warning, {FaultCode::implausible, "heapArena struct", Address(*metadata)});
    return;
  }
  model.arenas.push_back({*range, static_cast<std::uint32_t>(index), user, *bytes});
  add_checkmarks(runtime, model.arenas.back(), model, findings);
}

void add_listed(const Runtime& runtime, Field list, bool user, Model& model, Findings& findings) {
  const Result<Slice> slice = runtime.slice(runtime.global(Global::mheap), list);
  if (!slice) {
    findings.add(Severity::warning, slice.error());
    return;
  }
  if (slice->len == 0) return;
  const auto bytes = runtime.list(slice->array, slice->len, 8);
  if (!bytes) {
    findings.add(Severity::warning, {FaultCode::implausible, "heap arena list", slice->array});
    return;
  }
  const Result<Block> indices = Block::read(runtime.memory(), *bytes, "heap arena list");
  if (!indices) {
    findings.add(Severity::warning, indices.error());
    return;
  }
  for (std::size_t i = 0; i < indices->words(); ++i) add_arena(runtime, indices->word(i), user, model, findings);
}

void sort_arenas(Model& model) {
  std::sort(model.arenas.begin(), model.arenas.end(),
            [](const HeapArena& a, const HeapArena& b) { return a.index < b.index; });
  const auto last = std::unique(model.arenas.begin(), model.arenas.end(),
                                [](const HeapArena& a, const HeapArena& b) { return a.index == b.index; });
  model.arenas.erase(last, model.arenas.end());
}

}  // namespace

void add_unlisted_arena(const Runtime& runtime, std::uint64_t index, bool user, Model& model, Findings& findings) {
  add_arena(runtime, index, user, model, findings);
  sort_arenas(model);
}

void walk_arenas(const Runtime& runtime, Model& model, Findings& findings) {
  const Address mheap = runtime.global(Global::mheap);
  const Result<std::uint64_t> l2 = read_word(runtime.memory(), runtime.at(mheap, Field::mheap_arenas));
  if (l2 && *l2 == 0 && !model.runtime.has_heap) return;
  if (!l2 || *l2 == 0) {
    findings.add(Severity::warning, {FaultCode::not_found, "heap index (mheap_.arenas[0])", mheap});
    return;
  }
  const auto index = AddressRange::of(Address(*l2), kHeapIndexBytes);
  if (!index || !runtime.mapped(*index)) {
    findings.add(Severity::warning, {FaultCode::implausible, "heap index (mheap_.arenas[0])", Address(*l2)});
    return;
  }
  model.pieces.add(PieceId::heap_index, *index);
  if (runtime.has(Group::arena_list)) add_listed(runtime, Field::mheap_heap_arenas, false, model, findings);
  if (runtime.has(Group::user_arena_list)) add_listed(runtime, Field::mheap_user_arena_arenas, true, model, findings);
  sort_arenas(model);
}

}  // namespace memmap::go
