// Memory of the runtime that is in no counter: logs of build tag debuglog, states of the vDSO's
// getrandom; and the buffer of a heap dump that is being written.
#include <algorithm>

#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

// The slice shrinks as Ms take states; its array still holds those that are out.
void read_free_states(const Runtime& runtime, Address alloc, std::vector<std::uint64_t>& found, Findings& findings) {
  const Result<Slice> states = runtime.slice(alloc, Field::vgetrandom_states);
  if (states && states->cap == 0) return;
  const auto range = states ? runtime.list(states->array, states->cap, 8) : std::nullopt;
  const Result<Block> words = range ? Block::read(runtime.memory(), *range, "vgetrandomAlloc.states")
                                    : fault(FaultCode::implausible, "vgetrandomAlloc.states", alloc);
  if (!words) {
    findings.add(Severity::warning, words.error());
    return;
  }
  for (std::size_t i = 0; i < words->words(); ++i)
    if (words->word(i) != 0) found.push_back(words->word(i));
}

// vgetrandomGetState (1.24) maps one block of whole pages at first; later ones likewise. The
// states, free or held by an M, name the pages.
void read_vgetrandom(const Runtime& runtime, Model& model, Findings& findings) {
  const Address alloc = runtime.global(Global::vgetrandom_alloc);
  if (alloc.is_null() || !runtime.has(Group::vgetrandom)) return;
  std::vector<std::uint64_t> pages;
  const std::uint64_t page = runtime.physical_page();
  read_free_states(runtime, alloc, pages, findings);
  const Address allm = list_head(runtime, runtime.global(Global::allm), "allm", findings);
  walk_list(runtime, allm, runtime.place(Field::m_alllink).offset, "m", findings, [&](Address m) {
    const auto state = checked_word(runtime, runtime.at(m, Field::m_vgetrandom), "m", findings);
    if (state && *state != 0) pages.push_back(*state);
  });
  for (std::uint64_t& state : pages) state = round_down(state, page);
  std::sort(pages.begin(), pages.end());
  pages.erase(std::unique(pages.begin(), pages.end()), pages.end());
  for (const std::uint64_t at : pages) {
    const auto range = AddressRange::of(Address(at), page);
    if (range && runtime.mapped(*range))
      model.pieces.add(PieceId::vgetrandom_states, *range, 0);
    else
      findings.add(Severity::warning, {FaultCode::implausible, "getrandom state", Address(at)});
  }
}

void read_debug_log(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::debug_log)) return;
  const Address first = list_head(runtime, runtime.global(Global::all_dloggers), "allDloggers", findings);
  walk_list(runtime, first, runtime.place(Field::dlogger_all_link).offset, "dlogger", findings, [&](Address at) {
    const auto range = AddressRange::of(at, runtime.size_of(Type::dlogger));
    if (!range || !runtime.mapped(*range))
      findings.add(Severity::warning, {FaultCode::implausible, "dlogger", at});
    else
      model.pieces.add(PieceId::debug_log, *range);
  });
}

void read_heap_dump(const Runtime& runtime, Model& model, Findings& findings) {
  const Address tmpbuf = runtime.global(Global::tmpbuf);
  if (tmpbuf.is_null()) return;
  const Result<Slice> buffer = read_slice(runtime.memory(), tmpbuf);
  if (!buffer) return findings.add(Severity::warning, {buffer.error().code, "tmpbuf", tmpbuf});
  if (buffer->cap == 0) return;
  const auto range = AddressRange::of(buffer->array, buffer->cap);
  if (range && runtime.mapped(*range))
    model.pieces.add(PieceId::heap_dump, *range, 0);
  else
    findings.add(Severity::warning, {FaultCode::implausible, "tmpbuf", buffer->array});
}

}  // namespace

void walk_uncounted(const Runtime& runtime, Model& model, Findings& findings) {
  read_vgetrandom(runtime, model, findings);
  read_debug_log(runtime, model, findings);
  read_heap_dump(runtime, model, findings);
}

}  // namespace memmap::go
