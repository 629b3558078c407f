// Birth certificates: the event that made the memory at an address, as it stands at the end of a
// log. What was unmapped, or made anew by another event, has none left.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "trace/events.h"

namespace memmap::trace {

struct Birth {
  Sequence sequence = 0;
  std::uint32_t others = 0;  // further events that made the rest of the range
};

class Births {
 public:
  // `takers`: of other operations only what they give back is looked at.
  explicit Births(const Log& log, const Operations& takers = Operations().set());

  // The event that made the first byte of `range`: a piece that persistentalloc cut out comes
  // before the chunk, and memory before a reservation, as far as they make up all of the range.
  // Sequence 0 if none was seen.
  Birth of(AddressRange range) const;
  // The event whose memory the event gave back (sysFree, munmap), or 0.
  Sequence freed_by(Sequence sequence) const;
  // Events that took memory of which no byte is left.
  const std::vector<Sequence>& gone() const { return gone_; }
  // By sequence, the bytes that the event made and that are still there: of memory without the
  // pieces that others have cut out of it. Reservations are no bytes.
  std::vector<std::uint64_t> live(const Log& log) const;

 private:
  // Addresses, memory, pieces of it. In each an address belongs to the last event that took it.
  enum Layer : std::uint8_t { addresses, memory, pieces, count_ };
  struct Extent {
    Address end;
    Sequence sequence;
  };
  using Extents = std::map<Address, Extent>;

  void add(const Log& log, Sequence sequence);
  void give_back(const Log& log, AddressRange range, Sequence sequence);
  void take(Layer layer, AddressRange range, Sequence sequence);
  static Birth in_layer(const Extents& extents, AddressRange range, bool& whole);
  void erase(Extents& extents, AddressRange range);
  void find_gone(const Log& log);

  Extents layers_[count_];
  std::map<Sequence, Sequence> freed_;
  std::vector<Sequence> gone_;
};

}  // namespace memmap::trace
