// A small process that adds up to the byte: its model, its mappings and its ledger.
#pragma once

#include "annotate/annotate.h"
#include "assemble.h"
#include "support/catch.h"
#include "support/fake_heap.h"

namespace memmap::test {

inline constexpr std::uint64_t kPageRun = 8192;

struct Books {
  Target target;
  Model model;

  Ledger ledger() const {
    std::vector<Claim> claims;
    for (const Annotator& annotator : kAnnotators) annotator.run(model, claims);
    return assemble(target, model, std::move(claims), {})->ledger;
  }
};

inline Mapping mapping(AddressRange where, bool readable) {
  Mapping m;
  m.range = where;
  if (readable) m.permissions = {true, true, false};
  return m;
}

inline Span span_at(std::uint64_t page, std::uint32_t npages, SpanUse use) {
  Span span;
  span.begin = kArena + page * kPageRun;
  span.npages = npages;
  span.use = use;
  return span;
}

inline void add_memory(Books& b) {
  Mapping text = mapping(range(Address(0x400000), 4096), true);
  text.file = "/app";
  text.resident = 4096;
  text.resident_anonymous = 0;
  b.target.mappings = {text, mapping(range(kArena, 4 << 20), true), mapping(range(kArena + (4 << 20), 60 << 20), false),
                       mapping(range(kChunk, 256 << 10), true),
                       mapping(range(kScratch, 8192), true)};  // nobody knows what this is
  b.target.mappings[1].resident = 100000;
  b.target.mappings[1].resident_anonymous = 100000;
  b.target.totals = {(64 << 20) + (256 << 10) + 8192 + 4096, 104096 + 500};
  NativePiece piece;
  piece.range = text.range;
  piece.kind = NativeKind::text;
  b.model.native.pieces = {piece};
}

// 100 pages in use, 4 of stacks, 4 of work buffers, 100 free and 304 released.
inline void add_heap(Model& m) {
  m.arenas = {{range(kArena, 64 << 20), 0, false, {}}};
  m.heap_mapped = {range(kArena, 4 << 20)};
  m.spans = {span_at(0, 100, SpanUse::heap), span_at(100, 4, SpanUse::stack), span_at(104, 4, SpanUse::workbuf)};
  m.free_runs = {{range(kArena + 108 * kPageRun, 100 * kPageRun), 0, FreeRun::State::free},
                 {range(kArena + 208 * kPageRun, 304 * kPageRun), 0, FreeRun::State::released}};
  m.pieces[PieceId::persistent_chunk] = {{range(kChunk, 256 << 10), 0}};
  m.pieces[PieceId::mspan_pool] = {{range(kChunk + 64, 16320), 0}};
  m.unplaced = {{"outgrown arena lists", 12288, 12288}};
}

inline Books balanced() {
  Books b;
  add_memory(b);
  b.model.runtime.found = true;
  add_heap(b.model);
  Counters& c = b.model.counters;
  c.known = c.heap_known = c.has_metrics = true;
  c.heap_inuse = c.metric_in_heap = 819200;
  c.heap_free = c.metric_free = 819200;
  c.heap_released = c.metric_released = 2490368;
  c.stacks_inuse = 32768;
  c.mspan_sys = 16320;
  c.mspan_inuse = b.model.recount.mspan_inuse = 1600;
  c.gc_misc_sys = 32768 + 12288;
  c.other_sys = 262144 - 16320 - 12288;
  c.total_alloc = 1000;
  c.total_free = 200;
  c.metric_objects = 700;
  c.mallocs = 10;
  c.frees = 2;
  b.model.recount.alloc = 800;
  b.model.recount.metric_adjust = -100;
  c.mcache_inuse = b.model.recount.mcache_inuse = 0;
  b.model.recount.objects = 8;
  return b;
}

inline const MemStatsLine& line(const Ledger& ledger, std::string_view field) {
  for (const MemStatsLine& candidate : ledger.memstats)
    if (candidate.field == field) return candidate;
  throw std::logic_error("no such field");
}

inline const Equation& equation(const Ledger& ledger, std::string_view name) {
  for (const Equation& candidate : ledger.equations)
    if (candidate.name == name) return candidate;
  throw std::logic_error("no such equation");
}

inline const Term* term(const std::vector<Term>& terms, std::string_view name) {
  for (const Term& candidate : terms)
    if (candidate.name == name) return &candidate;
  return nullptr;
}

inline void check_no_residuals(const Ledger& ledger) {
  for (const MemStatsLine& l : ledger.memstats) {
    CAPTURE(l.field);
    CHECK(residual(l).value_or(0) == 0);
  }
  for (const ClassLine& l : ledger.classes) {
    CAPTURE(l.name);
    CHECK(residual(l) == 0);
  }
}

}  // namespace memmap::test
