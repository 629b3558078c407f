// Where mcentral keeps its spans: spanSets from 1.15, gcSweepBufs before. Spines double and
// leave the old one behind; blocks hold 512 spans and are pooled.
#include <set>

#include "go/walk/checked_read.h"
#include "go/walk/outgrown.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kInitSpineCap = 256;         // spanSetInitSpineCap, gcSweepBufInitSpineCap
constexpr std::uint64_t kSweepBlockBytes = 512 * 8;  // gcSweepBlockEntries pointers

struct SpineTarget {
  std::vector<Piece>& spines;
  std::vector<Piece>& blocks;
  std::uint64_t block_bytes = 0;
  std::uint32_t index = 0;
};

// A spine of `cap` pointers, its first `len` blocks, and what doubling left behind.
void read_spine(const Runtime& runtime, Address spine, std::uint64_t len, std::uint64_t cap, const SpineTarget& to,
                Model& model, Findings& findings) {
  if (spine.is_null() || cap == 0) return;
  const auto range = runtime.list(spine, cap, 8);
  if (len > cap || !range) {
    findings.add(Severity::warning, {FaultCode::implausible, "span set spine", spine});
    return;
  }
  to.spines.push_back({*range, to.index});
  if (cap > kInitSpineCap) model.unplaced.push_back(outgrown("outgrown span set spines", kInitSpineCap * 8, cap * 8));
  const Result<Block> blocks = Block::read(runtime.memory(), {spine, spine + len * 8}, "span set spine");
  if (!blocks) {
    findings.add(Severity::warning, blocks.error());
    return;
  }
  for (std::size_t i = 0; i < blocks->words(); ++i) {
    // pop and reset return a block to the pool and leave nil in the spine.
    if (blocks->word(i) == 0) continue;
    const auto block = AddressRange::of(Address(blocks->word(i)), to.block_bytes);
    if (!block || !runtime.mapped(*block))
      findings.add(Severity::warning, {FaultCode::implausible, "span set block", spine + i * 8});
    else
      to.blocks.push_back({*block, to.index});
  }
}

void read_set(const Runtime& runtime, Address set, std::uint32_t index, Model& model, Findings& findings) {
  const Result<Record> record = runtime.record(set, Type::span_set, "spanSet");
  if (!record) {
    findings.add(Severity::warning, record.error());
    return;
  }
  read_spine(runtime, record->pointer(Field::span_set_spine), (*record)[Field::span_set_spine_len],
             (*record)[Field::span_set_spine_cap],
             {model.pieces[PieceId::span_set_spine], model.pieces[PieceId::span_set_block],
              runtime.size_of(Type::span_set_block), index},
             model, findings);
}

void read_pool(const Runtime& runtime, Model& model, Findings& findings) {
  const Address pool = runtime.global(Global::span_set_block_pool);
  if (pool.is_null()) return;
  const std::optional<std::uint64_t> top =
      checked_word(runtime, runtime.at(pool, Field::block_pool_stack), "spanSetBlockPool", findings);
  const std::uint64_t size = runtime.size_of(Type::span_set_block);
  // The flush takes blocks from here: until the end is seen it is not known how many there are.
  const bool known = model.flush.span_sets_known;
  model.flush.span_sets_known = false;
  std::set<Address> seen;
  for (Address at = untag(runtime, top.value_or(0)); !at.is_null();) {
    if (!seen.insert(at).second) {
      findings.add(Severity::warning, {FaultCode::implausible, "spanSetBlockPool", at});
      return;
    }
    const Result<std::uint64_t> next = read_word(runtime.memory(), runtime.at(at, Field::lfnode_next));
    const auto range = AddressRange::of(at, size);
    if (!next || !range) {
      findings.add(Severity::warning, {FaultCode::unreadable, "spanSetBlockPool", at});
      return;
    }
    model.pieces.add(PieceId::pooled_span_set_block, *range);
    at = untag(runtime, *next);
  }
  if (top) model.flush.span_sets_known = known;
}

void read_sweep_spans(const Runtime& runtime, Model& model, Findings& findings) {
  const FieldPlace place = runtime.place(Field::mheap_sweep_spans);
  const Address base = runtime.at(runtime.global(Global::mheap), Field::mheap_sweep_spans);
  for (std::uint32_t i = 0; i < place.count; ++i) {
    const Result<Record> record = runtime.record(base + i * std::uint64_t{place.stride}, Type::sweep_buf, "gcSweepBuf");
    if (!record) {
      findings.add(Severity::warning, record.error());
      continue;
    }
    read_spine(runtime, record->pointer(Field::sweep_buf_spine), (*record)[Field::sweep_buf_spine_len],
               (*record)[Field::sweep_buf_spine_cap],
               {model.pieces[PieceId::sweep_spine], model.pieces[PieceId::sweep_block], kSweepBlockBytes, i}, model,
               findings);
  }
}

}  // namespace

void walk_span_sets(const Runtime& runtime, Model& model, Findings& findings) {
  if (runtime.has(Group::sweep_bufs)) read_sweep_spans(runtime, model, findings);
  if (!runtime.traits().span_sets) return;
  const FieldPlace central = runtime.place(Field::mheap_central);
  const Address base = runtime.global(Global::mheap) + runtime.place(Field::central_mcentral).offset;
  for (const Field sets : {Field::mcentral_partial, Field::mcentral_full}) {
    const FieldPlace pair = runtime.place(sets);
    for (std::uint32_t spanclass = 0; spanclass < central.count; ++spanclass)
      for (std::uint32_t i = 0; i < pair.count; ++i)
        read_set(runtime,
                 base + std::uint64_t{spanclass} * central.stride + pair.offset + i * std::uint64_t{pair.stride},
                 spanclass, model, findings);
  }
  read_pool(runtime, model, findings);
}

}  // namespace memmap::go
