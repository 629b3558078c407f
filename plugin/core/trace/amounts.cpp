#include "trace/amounts.h"

#include <sys/mman.h>

#include <algorithm>

namespace memmap::trace {
namespace {

constexpr std::uint64_t kMaxBlock = 64u << 10;  // maxBlock of persistentalloc1
constexpr Charge kOtherSys = charge_of(Counter::other_sys);

EventBytes by_effect(const Event& event, std::uint64_t bytes) {
  switch (effect_of(event)) {
    case Effect::reserve:
      return {bytes, 0, 0};
    case Effect::make:
    case Effect::carve:
      return {0, bytes, 0};
    case Effect::free:
      return {0, 0, bytes};
    case Effect::none:
      break;
  }
  return {};
}

}  // namespace

Effect effect_of(const Event& event) {
  const bool reserves = event.operation == Operation::mmap && event.protection == PROT_NONE;
  return reserves ? Effect::reserve : info(event.operation).effect;
}

Amounts::Amounts(const Log& log, const Operations& wanted)
    : log_(log), wanted_(wanted), changes_(Births(log, wanted).changes()) {
  sizes_.resize(log.size() + 1, kNoSize);
  for (auto sequence = static_cast<Sequence>(log.size()); sequence != 0; --sequence) {
    const Event& event = log.event(sequence);
    if (event.size != kNoSize) sizes_[sequence] = event.size;
    if (sizes_[event.parent] == kNoSize) sizes_[event.parent] = sizes_[sequence];
  }
  live_.resize(log.size() + 1);
  for (const Births::Change& change : changes_) live_[change.maker] += change.bytes;
  std::ranges::stable_sort(changes_, {}, &Births::Change::cause);
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

bool Amounts::is_inside_piece(Sequence sequence) const {
  for (Sequence outer = log_.event(sequence).parent; outer != 0; outer = log_.event(outer).parent)
    if (cuts_a_piece(outer)) return true;
  return false;
}

bool Amounts::cuts_a_piece(Sequence sequence) const {
  const Event& event = log_.event(sequence);
  return event.operation == Operation::persistentalloc && event.size < kMaxBlock && has(wanted_, event.operation);
}

std::uint64_t Amounts::size(Sequence sequence) const { return sizes_[sequence] == kNoSize ? 0 : sizes_[sequence]; }

std::span<const Births::Change> Amounts::changes(Sequence sequence) const {
  const auto first = std::ranges::lower_bound(changes_, sequence, {}, &Births::Change::cause);
  const auto last = std::ranges::upper_bound(changes_, sequence, {}, &Births::Change::cause);
  return {first, last};
}

EventBytes Amounts::of(Sequence sequence) const {
  const Event& event = log_.event(sequence);
  if (info(event.operation).level == CallLevel::function) return by_effect(event, size(sequence));
  EventBytes bytes;
  if (effect_of(event) == Effect::reserve) bytes.reserved = size(sequence);
  std::int64_t others = 0;
  for (const Births::Change& change : changes(sequence)) {
    if (change.maker == sequence)
      bytes.taken += static_cast<std::uint64_t>(change.bytes);
    else
      others -= change.bytes;
  }
  bytes.given_back = static_cast<std::uint64_t>(others);
  return bytes;
}

EventBytes Amounts::counted(Sequence sequence) const {
  if (is_inside_piece(sequence))  // chunks stay for good
    return by_effect(log_.event(sequence), live(sequence));
  return of(sequence);
}

std::uint64_t Amounts::live(Sequence sequence) const {
  const bool is_wanted = has(wanted_, log_.event(sequence).operation);
  return is_wanted && live_[sequence] > 0 ? static_cast<std::uint64_t>(live_[sequence]) : 0;
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
