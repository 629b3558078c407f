// Runtime pages in no span: what the page allocator's bitmaps left open, free spans up to Go
// 1.13, and the part of curArena that was not handed out yet.
#include <algorithm>

#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

bool by_begin(const FreeRun& a, const FreeRun& b) { return a.range.begin < b.range.begin; }

// A user arena chunk is mapped in a reservation that pages.inUse does not list (arena.go, 1.20).
void add_user_arena_chunks(Model& model) {
  const std::size_t heap_ranges = model.heap_mapped.size();
  for (const Span& span : model.spans)
    if (span.use == SpanUse::user_arena) model.heap_mapped.push_back(span.range());
  if (model.heap_mapped.size() != heap_ranges) std::sort(model.heap_mapped.begin(), model.heap_mapped.end());
}

// 1.13 to 1.16: a new arena is mapped whole; what growing has not reached was never touched and
// counts as released.
void add_cur_arena(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.traits().arenas_mapped_whole || !runtime.has(Group::cur_arena)) return;
  const Address mheap = runtime.global(Global::mheap);
  const auto base = checked_word(runtime, runtime.at(mheap, Field::mheap_cur_arena_base), "mheap_.curArena", findings);
  const auto end = checked_word(runtime, runtime.at(mheap, Field::mheap_cur_arena_end), "mheap_.curArena", findings);
  if (!base || !end || *base == *end) return;
  if (*base > *end || !runtime.mapped({Address(*base), Address(*end)}))
    return findings.add(Severity::warning, {FaultCode::implausible, "mheap_.curArena", Address(*base)});
  model.free_runs.push_back({{Address(*base), Address(*end)}, 0, FreeRun::State::released, FreeRun::Origin::cur_arena});
}

// Up to 1.13 a free span is an mspan like any other. 1.11 knows only how many of its pages are
// released, and which ones only if it is all of them.
void take_free_spans(const Runtime& runtime, Model& model) {
  std::vector<Span> live;
  live.reserve(model.spans.size());
  for (const Span& span : model.spans) {
    if (span.use != SpanUse::free) {
      live.push_back(span);
      continue;
    }
    AddressRange released = span.range();
    if (span.released_pages < span.npages) released.end = released.begin;
    // 1.12 and 1.13 release whole physical pages inside the span (mspan.physPageBounds).
    const std::uint64_t page = runtime.physical_page();
    if (page > kRuntimePage && !released.empty())
      released = {Address(round_up(released.begin.value(), page)), Address(round_down(released.end.value(), page))};
    const auto add = [&](AddressRange range, FreeRun::State state) {
      if (!range.empty()) model.free_runs.push_back({range, span.index, state, FreeRun::Origin::free_span});
    };
    if (released.empty()) {
      add(span.range(), FreeRun::State::free);
      model.recount.released_uncertain += std::uint64_t{span.released_pages} * kRuntimePage;
      continue;
    }
    add({span.begin, released.begin}, FreeRun::State::free);
    add(released, FreeRun::State::released);
    add({released.end, span.range().end}, FreeRun::State::free);
  }
  model.spans = std::move(live);
}

// A page that is free in the bitmap under a span not yet dead: the bitmap wins.
void drop_dying_spans(Model& model, Findings& findings) {
  std::vector<FreeRun>::const_iterator run = model.free_runs.begin();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < model.spans.size(); ++i) {
    const AddressRange range = model.spans[i].range();
    while (run != model.free_runs.end() && run->range.end <= range.begin) ++run;
    const bool dying = run != model.free_runs.end() && run->range.begin < range.end;
    if (dying)
      findings.add(Severity::note, {FaultCode::implausible, "live mspan over free pages", range.begin});
    else
      model.spans[kept++] = model.spans[i];
  }
  model.spans.resize(kept);
}

// Pages of the mapped heap in no span and not free: between two steps of an allocation.
void add_gaps(Model& model, Findings& findings) {
  std::vector<FreeRun> gaps;
  auto span = model.spans.begin();
  auto run = model.free_runs.begin();
  for (const AddressRange& mapped : model.heap_mapped) {
    Address at = mapped.begin;
    while (at < mapped.end) {
      while (span != model.spans.end() && span->range().end <= at) ++span;
      while (run != model.free_runs.end() && run->range.end <= at) ++run;
      if (span != model.spans.end() && span->begin <= at) {
        at = span->range().end;
      } else if (run != model.free_runs.end() && run->range.begin <= at) {
        at = run->range.end;
      } else {
        Address next = mapped.end;
        if (span != model.spans.end()) next = std::min(next, span->begin);
        if (run != model.free_runs.end()) next = std::min(next, run->range.begin);
        gaps.push_back({{at, next}, 0, FreeRun::State::free, FreeRun::Origin::gap});
        findings.add(Severity::note, {FaultCode::implausible, "pages in no span and not free", at});
        at = next;
      }
    }
  }
  model.free_runs.insert(model.free_runs.end(), gaps.begin(), gaps.end());
}

}  // namespace

void walk_free_pages(const Runtime& runtime, Model& model, Findings& findings) {
  if (runtime.traits().arenas_mapped_whole) {
    model.heap_mapped.clear();
    for (const HeapArena& arena : model.arenas) model.heap_mapped.push_back(arena.range);
  } else {
    add_user_arena_chunks(model);
  }
  if (!runtime.traits().page_bitmaps) take_free_spans(runtime, model);
  add_cur_arena(runtime, model, findings);
  std::sort(model.free_runs.begin(), model.free_runs.end(), by_begin);
  drop_dying_spans(model, findings);
  add_gaps(model, findings);
  std::sort(model.free_runs.begin(), model.free_runs.end(), by_begin);
}

}  // namespace memmap::go
