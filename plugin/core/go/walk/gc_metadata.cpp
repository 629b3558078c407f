// Metadata of the collector: gcBits arenas, finalizer and cleanup blocks, pointer buffers, span
// queues, and the arrays that list the heap's parts.
#include <set>

#include "go/walk/checked_read.h"
#include "go/walk/outgrown.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kGcBitsChunk = 64 << 10;  // gcBitsChunkBytes
constexpr std::uint64_t kFinBlock = 4 << 10;      // _FinBlockSize
constexpr std::uint64_t kPointerSize = 8;

void add(std::vector<Piece>& pieces, Address at, std::uint64_t size) {
  if (const auto range = AddressRange::of(at, size); range && !at.is_null())
    pieces.push_back({*range, static_cast<std::uint32_t>(pieces.size())});
}

// For what is not read itself, so that no failed read tells that the pointer is wrong.
void add_mapped(const Runtime& runtime, std::vector<Piece>& pieces, Address at, std::uint64_t size, const char* what,
                Findings& findings) {
  if (at.is_null()) return;
  const auto range = AddressRange::of(at, size);
  if (range && runtime.mapped(*range))
    add(pieces, at, size);
  else
    findings.add(Severity::warning, {FaultCode::implausible, what, at});
}

void read_gc_bits(const Runtime& runtime, Model& model, Findings& findings) {
  const Address lists = runtime.global(Global::gc_bits_arenas);
  for (const Field list : {Field::gc_bits_free, Field::gc_bits_next, Field::gc_bits_current, Field::gc_bits_previous}) {
    const Address first = list_head(runtime, runtime.at(lists, list), "list of gcBits arenas", findings);
    walk_list(runtime, first, runtime.place(Field::gc_bits_arena_next).offset, "gcBits arena", findings,
              [&](Address at) { add(model.pieces[PieceId::gc_bits_arena], at, kGcBitsChunk); });
  }
}

void read_blocks(const Runtime& runtime, Model& model, Findings& findings) {
  if (runtime.has(Group::finalizers))
    walk_list(runtime, list_head(runtime, runtime.global(Global::allfin), "list of finalizer blocks", findings),
              runtime.place(Field::finblock_alllink).offset, "finalizer block", findings,
              [&](Address at) { add(model.pieces[PieceId::finalizer_block], at, kFinBlock); });
  const Address cleanups = runtime.global(Global::gc_cleanups);
  if (cleanups.is_null() || !runtime.has(Group::cleanups)) return;
  const Address all = list_head(runtime, runtime.at(cleanups, Field::cleanups_all), "list of cleanup blocks", findings);
  walk_list(runtime, all, runtime.place(Field::cleanup_alllink).offset, "cleanup block", findings,
            [&](Address at) { add(model.pieces[PieceId::cleanup_block], at, runtime.size_of(Type::cleanup_block)); });
}

// greentea's gcw.ptrBuf: one runtime page for each P that ever marked.
void read_pointer_buffers(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::pointer_buffers)) return;
  for (const Processor& p : model.processors.all) {
    const std::optional<std::uint64_t> buffer =
        checked_word(runtime, runtime.at(p.address, Field::p_gcw_ptr_buf), "p.gcw.ptrBuf", findings);
    if (buffer)
      add_mapped(runtime, model.pieces[PieceId::pointer_buffer], Address(*buffer), kRuntimePage, "p.gcw.ptrBuf",
                 findings);
  }
}

void read_span_queues(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::span_queues)) return;
  const Address first = list_head(runtime, runtime.at(runtime.global(Global::work), Field::work_span_queues),
                                  "list of span queues", findings);
  walk_list(runtime, first, runtime.place(Field::spmc_allnode_next).offset, "spanSPMC", findings, [&](Address at) {
    const std::optional<std::uint64_t> ring =
        checked_word(runtime, runtime.at(at, Field::spmc_ring), "ring of a span queue", findings);
    const std::optional<std::uint64_t> cap =
        checked_word(runtime, runtime.at(at, Field::spmc_cap), "ring of a span queue", findings,
                     runtime.place(Field::spmc_cap).size);
    if (ring && cap)
      add_mapped(runtime, model.pieces[PieceId::span_queue], Address(*ring), *cap * kPointerSize,
                 "ring of a span queue", findings);
  });
}

// A trie of handles for weak pointers to static objects.
void read_immortal_weak(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::immortal_weak)) return;
  const std::uint64_t size = runtime.size_of(Type::immortal_weak_handle);
  const FieldPlace children = runtime.place(Field::immortal_children);
  std::set<Address> seen;
  std::vector<Address> open;
  const Address root = list_head(runtime, runtime.at(runtime.global(Global::mheap), Field::mheap_immortal_weak),
                                 "mheap_.immortalWeakHandles", findings);
  if (!root.is_null()) open.push_back(root);
  while (!open.empty()) {
    const Address at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) {
      findings.add(Severity::warning, {FaultCode::implausible, "immortalWeakHandle", at});
      continue;
    }
    add(model.pieces[PieceId::weak_handle], at, size);
    for (std::uint32_t i = 0; i < children.count; ++i) {
      const Result<std::uint64_t> child =
          read_word(runtime.memory(), at + children.offset + i * std::uint64_t{children.stride});
      if (!child)
        findings.add(Severity::warning, {FaultCode::unreadable, "immortalWeakHandle", at});
      else if (*child != 0)
        open.push_back(Address(*child));
    }
  }
}

// An array that persistentalloc made and doubled: the first one had `first` bytes.
void read_grown_array(const Runtime& runtime, Address base, Field field, std::uint64_t element, std::uint64_t first,
                      const char* name, std::vector<Piece>& pieces, std::vector<Unplaced>& unplaced,
                      Findings& findings) {
  const Result<Slice> slice = runtime.slice(base, field);
  if (!slice) {
    findings.add(Severity::warning, slice.error());
    return;
  }
  if (slice->cap == 0 || element == 0) return;
  const auto range = runtime.list(slice->array, slice->cap, element);
  if (!range) {
    findings.add(Severity::warning, {FaultCode::implausible, "heap list", slice->array});
    return;
  }
  add(pieces, range->begin, range->size());
  if (range->size() > first) unplaced.push_back(outgrown(name, first, range->size()));
}

void read_heap_lists(const Runtime& runtime, Model& model, Findings& findings) {
  const Address mheap = runtime.global(Global::mheap);
  // mheap.sysAlloc: the first array of arena indices is one physical page, then they double.
  if (runtime.has(Group::arena_list))
    read_grown_array(runtime, mheap, Field::mheap_heap_arenas, kPointerSize, runtime.physical_page(),
                     "outgrown arena lists", model.pieces[PieceId::arena_list], model.unplaced, findings);
  if (runtime.has(Group::user_arena_list))
    read_grown_array(runtime, mheap, Field::mheap_user_arena_arenas, kPointerSize, runtime.physical_page(),
                     "outgrown arena lists", model.pieces[PieceId::user_arena_list], model.unplaced, findings);
  if (!runtime.traits().page_bitmaps) return;
  const Address pages = runtime.at(mheap, Field::mheap_pages);
  const std::uint64_t range = runtime.size_of(Type::addr_range);
  const std::uint64_t first = 16 * range;  // addrRanges.init: cap 16
  read_grown_array(runtime, pages, Field::page_alloc_in_use, range, first, "outgrown in-use ranges",
                   model.pieces[PieceId::in_use_ranges], model.unplaced, findings);
  std::vector<Unplaced> lost;  // scav.inUse is charged to no counter, and so are its old copies
  if (runtime.has(Group::scavenge_ranges))
    read_grown_array(runtime, pages, Field::page_alloc_scav_in_use, range, first, "",
                     model.pieces[PieceId::scavenge_ranges], lost, findings);
  if (!runtime.has(Group::huge_pages)) return;
  // enableChunkHugePages (1.21) clones inUse once, with its capacity at that time.
  const std::optional<std::uint64_t> huge = checked_word(runtime, runtime.at(pages, Field::page_alloc_huge_pages),
                                                         "mheap_.pages.chunkHugePages", findings, 1);
  if (huge && *huge != 0) model.unplaced.push_back({"clone of in-use ranges", first, first});
}

}  // namespace

void walk_gc_metadata(const Runtime& runtime, Model& model, Findings& findings) {
  read_gc_bits(runtime, model, findings);
  read_blocks(runtime, model, findings);
  read_pointer_buffers(runtime, model, findings);
  read_span_queues(runtime, model, findings);
  read_immortal_weak(runtime, model, findings);
  read_heap_lists(runtime, model, findings);
}

}  // namespace memmap::go
