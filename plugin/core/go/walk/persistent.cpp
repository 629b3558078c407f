// persistentalloc: its 256 KiB chunks (linked from 1.12 on) and what of them is not handed out.
#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

void add_tail(const Runtime& runtime, Address base, std::uint64_t off, std::uint32_t index, Model& model,
              Findings& findings) {
  if (base.is_null()) return;
  if (off > kPersistentChunk) {
    findings.add(Severity::warning, {FaultCode::implausible, "palloc.off", base});
    return;
  }
  const auto chunk = AddressRange::of(base, kPersistentChunk);
  if (!chunk || !runtime.mapped(*chunk)) {
    findings.add(Severity::warning, {FaultCode::implausible, "palloc.base", base});
    return;
  }
  if (off < kPersistentChunk) model.pieces.add(PieceId::free_tail, {base + off, chunk->end}, index);
}

void read_cursors(const Runtime& runtime, Model& model, Findings& findings) {
  const Address global = runtime.global(Global::global_alloc);
  const auto base = checked_word(runtime, runtime.at(global, Field::global_alloc_base), "globalAlloc", findings);
  const auto off = checked_word(runtime, runtime.at(global, Field::global_alloc_off), "globalAlloc", findings);
  if (base && off) add_tail(runtime, Address(*base), *off, 0, model, findings);
  for (const Processor& p : model.processors.all)
    add_tail(runtime, p.palloc_base, p.palloc_off, p.id + 1, model, findings);
}

}  // namespace

void walk_persistent(const Runtime& runtime, Model& model, Findings& findings) {
  read_cursors(runtime, model, findings);
  if (!runtime.traits().linked_chunks) return;
  const Result<std::uint64_t> first = runtime.word(Global::persistent_chunks);
  if (!first) {
    findings.add(Severity::warning, first.error());
    return;
  }
  walk_list(runtime, Address(*first), 0, "persistentalloc chunk", findings, [&](Address at) {
    const auto range = AddressRange::of(at, kPersistentChunk);
    if (!range || !runtime.mapped(*range))
      findings.add(Severity::warning, {FaultCode::implausible, "persistentalloc chunk", at});
    else
      model.pieces.add(PieceId::persistent_chunk, *range);
  });
}

}  // namespace memmap::go
