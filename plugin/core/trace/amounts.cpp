#include "trace/amounts.h"

#include <sys/mman.h>

#include "trace/births.h"

namespace memmap::trace {
namespace {

constexpr std::uint64_t kMaxBlock = 64u << 10;  // maxBlock of persistentalloc1
constexpr Charge kOtherSys = charge_of(Counter::other_sys);

}  // namespace

Effect effect_of(const Event& event) {
  const bool reserves = event.operation == Operation::mmap && event.protection == PROT_NONE;
  return reserves ? Effect::reserve : info(event.operation).effect;
}

Amounts::Amounts(const Log& log, const Operations& wanted)
    : log_(log), wanted_(wanted), live_(Births(log, wanted).live(log)) {
  sizes_.resize(log.size() + 1, kNoSize);
  for (auto sequence = static_cast<Sequence>(log.size()); sequence != 0; --sequence) {
    const Event& event = log.event(sequence);
    if (event.size != kNoSize) sizes_[sequence] = event.size;
    if (sizes_[event.parent] == kNoSize) sizes_[event.parent] = sizes_[sequence];
  }
}

bool Amounts::counts(Sequence sequence) const {
  const Event& event = log_.event(sequence);
  if (!has(wanted_, event.operation) || event.error != 0) return false;
  for (Sequence outer = event.parent; outer != 0; outer = log_.event(outer).parent) {
    if (cuts_a_piece(outer)) return true;
    if (has(wanted_, log_.event(outer).operation)) return false;
  }
  return true;
}

bool Amounts::cuts_a_piece(Sequence sequence) const {
  const Event& event = log_.event(sequence);
  return event.operation == Operation::persistentalloc && event.size < kMaxBlock &&
         has(wanted_, event.operation);
}

std::uint64_t Amounts::size(Sequence sequence) const {
  return sizes_[sequence] == kNoSize ? 0 : sizes_[sequence];
}

std::uint64_t Amounts::counted(Sequence sequence) const {
  for (Sequence outer = log_.event(sequence).parent; outer != 0; outer = log_.event(outer).parent)
    if (cuts_a_piece(outer)) return live(sequence);  // chunks stay for good
  return size(sequence);
}

std::array<Change, 2> changes_of(const Event& event) {
  const auto bytes = static_cast<std::int64_t>(event.size);
  if (event.size == kNoSize || event.error != 0) return {};
  switch (event.operation) {
    case Operation::sysAlloc:
      if (event.address == kNoAddress) return {};
      return {{{event.charge, event.kind, bytes}, {}}};
    case Operation::sysMap:
      return {{{event.charge, event.kind, bytes}, {}}};
    case Operation::sysFree:
      return {{{event.charge, event.kind, -bytes}, {}}};
    case Operation::persistentalloc:
      if (event.size >= kMaxBlock) return {};
      return {{{event.charge, event.kind, bytes}, {kOtherSys, Kind::persistent_chunk, -bytes}}};
    default:
      return {};
  }
}

}  // namespace memmap::trace
