#include "trace/births.h"

#include <algorithm>
#include <numeric>

#include "trace/amounts.h"

namespace memmap::trace {
namespace {

constexpr std::uint64_t kPage = 4096;

std::optional<AddressRange> range_of(const Event& event) {
  if (event.address == kNoAddress || event.address.is_null() || event.size == kNoSize ||
      event.error != 0)
    return std::nullopt;
  return AddressRange::of(event.address, event.size);
}

// Calls in the order in which they ended: what happens inside a function comes before it, as a
// chunk comes before the piece for whose sake it was made.
std::vector<Sequence> by_end(const Log& log) {
  std::vector<Sequence> last(log.size() + 1);  // inside it, or itself
  for (auto sequence = static_cast<Sequence>(log.size()); sequence != 0; --sequence) {
    last[sequence] = std::max(last[sequence], sequence);
    Sequence& outer = last[log.event(sequence).parent];
    outer = std::max(outer, last[sequence]);
  }
  std::vector<Sequence> order(log.size());
  std::iota(order.begin(), order.end(), Sequence{1});
  std::ranges::sort(order, [&](Sequence a, Sequence b) {
    return last[a] != last[b] ? last[a] < last[b] : a > b;
  });
  return order;
}

}  // namespace

Births::Births(const Log& log, const Operations& takers) {
  for (const Sequence sequence : by_end(log)) {
    const Event& event = log.event(sequence);
    if (has(takers, event.operation) || effect_of(event) == Effect::free) add(log, sequence);
  }
  find_gone(log);
}

void Births::add(const Log& log, Sequence sequence) {
  const Event& event = log.event(sequence);
  const std::optional<AddressRange> range = range_of(event);
  if (!range || range->empty()) return;
  switch (effect_of(event)) {
    case Effect::reserve: return take(addresses, *range, sequence);
    case Effect::make: return take(memory, *range, sequence);
    case Effect::carve: return take(pieces, *range, sequence);
    case Effect::free: return give_back(log, *range, sequence);
    case Effect::none: return;
  }
}

void Births::give_back(const Log& log, AddressRange range, Sequence sequence) {
  if (const Sequence made = of(range).sequence; made != 0) {
    freed_[sequence] = made;
    if (const Sequence function = log.event(sequence).parent; function != 0) freed_[function] = made;
  }
  range.end = Address(round_up(range.end.value(), kPage));
  for (Extents& extents : layers_) erase(extents, range);
}

void Births::erase(Extents& extents, AddressRange range) {
  auto at = extents.lower_bound(range.begin);
  if (at != extents.begin()) {
    const auto before = std::prev(at);
    const Extent whole = before->second;
    if (range.begin < whole.end) {
      before->second.end = range.begin;
      if (range.end < whole.end) extents[range.end] = whole;
    }
  }
  while (at != extents.end() && at->first < range.end) {
    const Extent extent = at->second;
    at = extents.erase(at);
    if (range.end < extent.end) at = extents.emplace_hint(at, range.end, extent);
    if (range.end < extent.end) break;
  }
}

void Births::take(Layer layer, AddressRange range, Sequence sequence) {
  if (layer != pieces) range.end = Address(round_up(range.end.value(), kPage));
  erase(layers_[layer], range);
  if (layer == memory) erase(layers_[pieces], range);
  layers_[layer][range.begin] = {range.end, sequence};
}

// In one layer. `whole` says whether its events made all of the range.
Birth Births::in_layer(const Extents& extents, AddressRange range, bool& whole) {
  auto at = extents.upper_bound(range.begin);
  if (at == extents.begin() || (--at)->second.end <= range.begin) return {};
  Birth birth{at->second.sequence, 0};
  Address reached = at->second.end;
  whole = true;
  for (++at; at != extents.end() && at->first < range.end; ++at) {
    whole = whole && at->first == reached;
    reached = at->second.end;
    if (at->second.sequence != birth.sequence) ++birth.others;
  }
  whole = whole && reached >= range.end;
  return birth;
}

Birth Births::of(AddressRange range) const {
  Birth of_first_byte;
  for (int layer = pieces; layer >= addresses; --layer) {
    bool whole = false;
    const Birth birth = in_layer(layers_[layer], range, whole);
    if (birth.sequence == 0) continue;
    if (whole) return birth;
    // A piece of a chunk does not make the chunk that begins with it.
    if (layer != pieces && of_first_byte.sequence == 0) of_first_byte = birth;
  }
  return of_first_byte;
}

Sequence Births::freed_by(Sequence sequence) const {
  const auto found = freed_.find(sequence);
  return found == freed_.end() ? 0 : found->second;
}

std::vector<std::uint64_t> Births::live(const Log& log) const {
  std::vector<std::uint64_t> bytes(log.size() + 1);
  for (const Layer layer : {memory, pieces}) {
    for (const auto& [begin, extent] : layers_[layer]) {
      // Extents end at pages, and what was asked for may end before.
      const Address end = std::min(extent.end, range_of(log.event(extent.sequence))->end);
      bytes[extent.sequence] += end > begin ? end - begin : 0;
    }
  }
  for (const auto& [begin, piece] : layers_[pieces]) {
    auto holder = layers_[memory].upper_bound(begin);
    if (holder == layers_[memory].begin() || (--holder)->second.end <= begin) continue;
    std::uint64_t& rest = bytes[holder->second.sequence];
    rest -= std::min(rest, piece.end - begin);
  }
  return bytes;
}

void Births::find_gone(const Log& log) {
  std::vector<bool> alive(log.size() + 1);
  for (const Extents& extents : layers_)
    for (const auto& [begin, extent] : extents) alive[extent.sequence] = true;
  for (Sequence sequence = 1; sequence <= log.size(); ++sequence) {
    const Event& event = log.event(sequence);
    const Effect effect = effect_of(event);
    const bool takes = effect == Effect::make || effect == Effect::reserve || effect == Effect::carve;
    if (!takes || alive[sequence] || !range_of(event)) continue;
    const bool said_by_parent = event.parent != 0 && range_of(log.event(event.parent)) == range_of(event);
    if (!said_by_parent) gone_.push_back(sequence);
  }
}

}  // namespace memmap::trace
