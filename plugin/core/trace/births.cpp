#include "trace/births.h"

#include <sys/mman.h>

#include <algorithm>
#include <numeric>

#include "trace/amounts.h"

namespace memmap::trace {
namespace {

constexpr std::uint64_t kPage = 4096;

std::optional<AddressRange> range_of(const Event& event) {
  if (event.address == kNoAddress || event.address.is_null() || event.size == kNoSize || event.error != 0)
    return std::nullopt;
  return AddressRange::of(event.address, event.size);
}

// In an order in which threads can have done it. What takes memory has done so when it ends, and what
// gives it back not before it begins: so memory that two of them hand on is free before it is taken.
// What happens inside a function comes before it, as a chunk comes before the piece for whose sake it
// was made.
std::vector<Sequence> in_order(const Log& log) {
  std::vector<Sequence> last(log.size() + 1);  // inside it, or itself; then, before which it is done
  for (auto sequence = static_cast<Sequence>(log.size()); sequence != 0; --sequence) {
    last[sequence] = std::max(last[sequence], sequence);
    Sequence& outer = last[log.event(sequence).parent];
    outer = std::max(outer, last[sequence]);
  }
  for (Sequence sequence = 1; sequence <= log.size(); ++sequence)
    if (const Event& event = log.event(sequence); effect_of(event) != Effect::free)
      last[sequence] = std::max(last[sequence], event.ended_after);
  std::vector<Sequence> order(log.size());
  std::iota(order.begin(), order.end(), Sequence{1});
  std::ranges::sort(order, [&](Sequence a, Sequence b) {
    if (last[a] != last[b]) return last[a] < last[b];
    const bool a_frees = effect_of(log.event(a)) == Effect::free;
    const bool b_frees = effect_of(log.event(b)) == Effect::free;
    return a_frees != b_frees ? a_frees : a > b;
  });
  return order;
}

AddressRange in_pages(AddressRange range) { return {range.begin, Address(round_up(range.end.value(), kPage))}; }

// What of `ranges` no part, in address order, covers.
template <typename Parts>
std::vector<AddressRange> without(const std::vector<AddressRange>& ranges, const Parts& parts) {
  std::vector<AddressRange> left;
  for (AddressRange rest : ranges) {
    for (const auto& part : parts) {
      if (!rest.overlaps(part.range)) continue;
      if (rest.begin < part.range.begin) left.push_back({rest.begin, part.range.begin});
      rest.begin = part.range.end;
    }
    if (!rest.empty()) left.push_back(rest);
  }
  return left;
}

}  // namespace

Births::Births(const Log& log, const Operations& takers) {
  for (const Sequence sequence : in_order(log)) {
    const Event& event = log.event(sequence);
    const bool is_system_call = info(event.operation).level == CallLevel::system_call;
    if (is_system_call || has(takers, event.operation) || effect_of(event) == Effect::free) add(log, sequence);
  }
  find_gone(log);
}

void Births::add(const Log& log, Sequence sequence) {
  const Event& event = log.event(sequence);
  if (event.operation == Operation::brk) return move_break(event.address, sequence);
  const std::optional<AddressRange> range = range_of(event);
  if (!range || range->empty()) return;
  if (event.operation == Operation::mremap) return move(event, *range, sequence);
  if (event.operation == Operation::mprotect) return protect(event, *range, sequence);
  switch (effect_of(event)) {
    case Effect::reserve:
      // Inside sysFault the memory stays the heap's.
      if (event.parent == 0) drop_memory(in_pages(*range), sequence);
      return take(addresses, *range, sequence);
    case Effect::make:
      return take(memory, *range, sequence);
    case Effect::carve:
      return take(pieces, *range, sequence);
    case Effect::free:
      return give_back(log, *range, sequence);
    case Effect::none:
      return;
  }
}

void Births::give_back(const Log& log, AddressRange range, Sequence sequence) {
  if (const Sequence made = of(range).sequence; made != 0) {
    freed_[sequence] = made;
    if (const Sequence function = log.event(sequence).parent; function != 0) freed_[function] = made;
  }
  drop_older(range, sequence);
  range = in_pages(range);
  drop_memory(range, sequence);
  cut(layers_[addresses], range);
  cut(unmapped_, range);
  unmapped_[range.begin] = {range.end, sequence, range.end};
}

void Births::take(Layer layer, AddressRange range, Sequence sequence) {
  const Address asked = range.end;
  if (layer == pieces) {
    drop_pieces(range, sequence);
    change_holder(sequence, range.begin, -static_cast<std::int64_t>(range.size()));
  } else {
    range = in_pages(range);
    if (layer == memory) drop_memory(range, sequence);
    cut(layers_[layer], range);
    cut(unmapped_, range);
  }
  layers_[layer][range.begin] = {range.end, sequence, asked};
  if (layer != addresses) change(sequence, sequence, static_cast<std::int64_t>(asked - range.begin));
}

// Memory stays memory, and what was only reserved stays so.
void Births::move(const Event& event, AddressRange to, Sequence sequence) {
  const AddressRange from = in_pages(event.before);
  const bool reserved = parts(layers_[memory], from).empty() && !parts(layers_[addresses], from).empty();
  if ((event.flags & MREMAP_DONTUNMAP) == 0) {
    drop_older(event.before, sequence);
    drop_memory(from, sequence);
    cut(layers_[addresses], from);
  }
  take(reserved ? addresses : memory, to, sequence);
}

// C reserves memory of malloc and of stacks first, and opens it bit by bit. What the runtime protects
// itself (sysFault) is part of an event that says so.
void Births::protect(const Event& event, AddressRange range, Sequence sequence) {
  if (event.parent != 0) return;
  if (event.protection == PROT_NONE) return reserve_again(in_pages(range), sequence);
  std::vector<AddressRange> closed;
  for (const Part& part : parts(layers_[addresses], in_pages(range))) closed.push_back(part.range);
  for (const AddressRange& part : without(closed, parts(layers_[memory], in_pages(range))))
    take(memory, part, sequence);
}

void Births::reserve_again(AddressRange range, Sequence sequence) {
  const std::vector<Part> opened = parts(layers_[memory], range);
  drop_memory(range, sequence);
  for (const Part& part : opened) take(addresses, part.range, part.extent.sequence);
}

void Births::move_break(Address to, Sequence sequence) {
  if (to == kNoAddress) return;
  if (break_ && *break_ < to) take(memory, {*break_, to}, sequence);
  if (break_ && to < *break_) drop_memory({to, *break_}, sequence);
  break_ = to;
}

// What was mapped before the trace began: as far as it knows, memory.
void Births::drop_older(AddressRange range, Sequence cause) {
  std::vector<AddressRange> older = {range};
  for (const Extents* known : {&layers_[addresses], &layers_[memory], &unmapped_})
    older = without(older, parts(*known, range));
  for (const AddressRange& part : older) change(cause, 0, -static_cast<std::int64_t>(part.size()));
}

void Births::drop_pieces(AddressRange range, Sequence cause) {
  for (const Part& piece : cut(layers_[pieces], range)) {
    change(cause, piece.extent.sequence, -piece.bytes());
    change_holder(cause, piece.range.begin, piece.bytes());
  }
}

void Births::drop_memory(AddressRange range, Sequence cause) {
  drop_pieces(range, cause);
  for (const Part& part : cut(layers_[memory], range)) change(cause, part.extent.sequence, -part.bytes());
}

void Births::change(Sequence cause, Sequence maker, std::int64_t bytes) {
  if (bytes != 0) changes_.push_back({cause, maker, bytes});
}

// Of the memory that the piece is cut out of, if the trace has seen it.
void Births::change_holder(Sequence cause, Address piece, std::int64_t bytes) {
  for (const Part& holder : parts(layers_[memory], {piece, piece + 1})) change(cause, holder.extent.sequence, bytes);
}

std::int64_t Births::Part::bytes() const {
  return static_cast<std::int64_t>(range.intersect({range.begin, extent.asked}).size());
}

std::vector<Births::Part> Births::parts(const Extents& extents, AddressRange range) {
  std::vector<Part> found;
  auto at = extents.upper_bound(range.begin);
  if (at != extents.begin()) --at;
  for (; at != extents.end() && at->first < range.end; ++at) {
    const AddressRange part = range.intersect({at->first, at->second.end});
    if (!part.empty()) found.push_back({part, at->second});
  }
  return found;
}

// What was there.
std::vector<Births::Part> Births::cut(Extents& extents, AddressRange range) {
  std::vector<Part> found = parts(extents, range);
  for (const Part& part : found) {
    const auto at = std::prev(extents.upper_bound(part.range.begin));
    if (part.range.end < part.extent.end) extents[part.range.end] = part.extent;
    if (at->first < part.range.begin)
      at->second.end = part.range.begin;
    else
      extents.erase(at);
  }
  return found;
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

std::vector<AddressRange> Births::held() const {
  std::vector<AddressRange> ranges;
  for (const auto& [begin, extent] : layers_[memory]) ranges.push_back({begin, extent.end});
  return ranges;
}

Sequence Births::freed_by(Sequence sequence) const {
  const auto found = freed_.find(sequence);
  return found == freed_.end() ? 0 : found->second;
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
