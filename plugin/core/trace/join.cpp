#include "trace/join.h"

#include <algorithm>

#include "trace/births.h"

namespace memmap::trace {
namespace {

// The outermost thing that the event made all of, or the innermost that holds it.
Kind kind_in(const AddressMap& map, AddressRange range) {
  Kind kind = Kind::unknown;
  for (const Node* node : map.path_to(range.begin)) {
    const Claim& claim = map.claim(*node);
    if (node->depth == 0 || claim.kind == Kind::unknown) continue;
    kind = claim.kind;
    if (range.contains(claim.range)) break;
  }
  return kind;
}

}  // namespace

void join(Log& log, const AddressMap& map) {
  const Births births(log);
  std::vector<bool> gone(log.size() + 1);
  for (const Sequence sequence : births.gone()) gone[sequence] = true;
  for (Sequence sequence = 1; sequence <= log.size(); ++sequence) {
    Event& event = log.event(sequence);
    if (const Sequence made = births.freed_by(sequence); made != 0) {
      event.kind = log.event(made).kind;
      event.charge = log.event(made).charge;
    }
    const std::optional<AddressRange> range =
        event.size == kNoSize ? std::nullopt : AddressRange::of(event.address, event.size);
    if (!range || range->empty() || gone[sequence] || event.kind != Kind::unknown || event.address == kNoAddress)
      continue;
    event.kind = kind_in(map, *range);
    if (event.charge == Charge::unknown && event.kind != Kind::unknown)
      event.charge = charge_of(memmap::info(event.kind).counter);
  }
}

}  // namespace memmap::trace
