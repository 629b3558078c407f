// mheap_.allspans: every mspan ever made. Live ones become Model::spans, in address order.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/large.h"
#include "go/arena_index.h"
#include "go/walk/checked_read.h"
#include "go/walk/span_reader.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

// Puts spans into address order without comparing them: a table by runtime page for each arena.
std::vector<Span> in_address_order(const std::vector<Span>& unordered, Findings& findings) {
  constexpr std::uint64_t kPages = kHeapArenaBytes / kRuntimePage;
  std::vector<std::uint64_t> arenas;
  for (const Span& span : unordered) {
    const std::uint64_t arena = arena_index(span.begin);
    if (arenas.empty() || arenas.back() != arena) arenas.push_back(arena);
  }
  std::sort(arenas.begin(), arenas.end());
  arenas.erase(std::unique(arenas.begin(), arenas.end()), arenas.end());
  std::unordered_map<std::uint64_t, std::size_t> row_of;
  for (std::size_t i = 0; i < arenas.size(); ++i) row_of.emplace(arenas[i], i * kPages);

  std::vector<std::uint32_t> table(arenas.size() * kPages, 0);
  std::uint64_t last_arena = ~std::uint64_t{0};
  std::size_t row = 0;
  for (std::size_t i = 0; i < unordered.size(); ++i) {
    const std::uint64_t arena = arena_index(unordered[i].begin);
    if (arena != last_arena) row = row_of.find(last_arena = arena)->second;
    std::uint32_t& cell = table[row + unordered[i].begin.value() % kHeapArenaBytes / kRuntimePage];
    if (cell != 0)
      findings.add(Severity::warning, {FaultCode::implausible, "second mspan for one page", unordered[i].begin});
    cell = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<Span> ordered;
  reserve_large(ordered, unordered.size());
  for (const std::uint32_t cell : table) {
    if (cell == 0) continue;
    const Span& span = unordered[cell - 1];
    if (!ordered.empty() && ordered.back().range().end > span.begin) {
      findings.add(Severity::warning, {FaultCode::implausible, "mspan inside another", span.begin});
      continue;
    }
    ordered.push_back(span);
  }
  return ordered;
}

void add_missing_arenas(const Runtime& runtime, Model& model, Findings& findings) {
  std::uint64_t last = ~std::uint64_t{0};
  std::vector<std::pair<std::uint64_t, bool>> missing;
  for (const Span& span : model.spans) {
    const std::uint64_t index = arena_index(span.begin);
    if (index == last) continue;
    last = index;
    const auto known = std::find_if(model.arenas.begin(), model.arenas.end(),
                                    [index](const HeapArena& a) { return a.index == index; });
    if (known == model.arenas.end()) missing.push_back({index, span.use == SpanUse::user_arena});
  }
  for (const auto& [index, user] : missing) add_unlisted_arena(runtime, index, user, model, findings);
}

// Freed user arena chunks whose memory is gone and whose span is still in state in use, until no
// pointer leads to them (setUserArenaChunkToFault, 1.20): they are in no counter.
void drop_quarantined(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::user_arenas)) return;
  const Address first = list_head(runtime, runtime.at(runtime.global(Global::mheap), Field::mheap_quarantine_list),
                                  "mheap_.userArena.quarantineList", findings);
  std::vector<Address> quarantined;
  walk_list(runtime, first, runtime.place(Field::mspan_next).offset, "quarantined user arena chunk", findings,
            [&](Address span) {
              const auto begin =
                  checked_word(runtime, runtime.at(span, Field::mspan_start), "quarantined user arena chunk", findings);
              if (begin) quarantined.push_back(Address(*begin));
            });
  if (quarantined.empty()) return;
  std::sort(quarantined.begin(), quarantined.end());
  std::erase_if(model.spans, [&](const Span& span) {
    return span.use == SpanUse::user_arena && std::binary_search(quarantined.begin(), quarantined.end(), span.begin);
  });
}

}  // namespace

void walk_spans(const Runtime& runtime, Model& model, Findings& findings) {
  const Address mheap = runtime.global(Global::mheap);
  const Result<Slice> allspans = runtime.slice(mheap, Field::mheap_allspans);
  if (!allspans) {
    findings.add(Severity::warning, {FaultCode::unreadable, "mheap_.allspans", mheap});
    return;
  }
  if (allspans->cap == 0 && !model.runtime.has_heap) return;
  const auto array = runtime.list(allspans->array, allspans->cap, 8);
  if (!array) {
    findings.add(Severity::warning, {FaultCode::implausible, "mheap_.allspans", allspans->array});
    return;
  }
  model.pieces.add(PieceId::allspans, *array);
  const Result<Block> pointers =
      Block::read(runtime.uncached(), {array->begin, array->begin + allspans->len * 8}, "mheap_.allspans");
  if (!pointers) {
    findings.add(Severity::warning, pointers.error());
    return;
  }
  SpansRead read = read_spans(runtime, *pointers, findings);
  model.spans = in_address_order(read.spans, findings);
  model.special_lists = std::move(read.special_lists);
  add_missing_arenas(runtime, model, findings);
  drop_quarantined(runtime, model, findings);
}

}  // namespace memmap::go
