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
  // `takers`: of other functions of the runtime only what they give back is looked at.
  explicit Births(const Log& log, const Operations& takers = Operations().set());

  // The event that made the first byte of `range`: a piece that persistentalloc cut out comes
  // before the chunk, and memory before a reservation, as far as they make up all of the range.
  // Sequence 0 if none was seen.
  Birth of(AddressRange range) const;
  // The event whose memory the event gave back (sysFree, munmap), or 0.
  Sequence freed_by(Sequence sequence) const;
  // Memory that the events have made and that is still there, in pages; reservations are none.
  std::vector<AddressRange> held() const;
  // Events that took memory of which no byte is left.
  const std::vector<Sequence>& gone() const { return gone_; }
  // Bytes that `cause` made, or that it took of what `maker` had made: gave back, replaced, or cut
  // a piece out. Maker 0 is older than the trace. Reservations are no bytes.
  struct Change {
    Sequence cause = 0;
    Sequence maker = 0;
    std::int64_t bytes = 0;
  };
  // Of each maker they add up to what is still there.
  const std::vector<Change>& changes() const { return changes_; }

 private:
  // Addresses, memory, pieces of it. In each an address belongs to the last event that took it.
  enum Layer : std::uint8_t { addresses, memory, pieces, count_ };
  struct Extent {
    Address end;  // of a page, but for pieces
    Sequence sequence;
    Address asked;  // the end of what was asked for
  };
  using Extents = std::map<Address, Extent>;
  struct Part {
    AddressRange range;
    Extent extent;
    std::int64_t bytes() const;  // asked for
  };

  void add(const Log& log, Sequence sequence);
  void give_back(const Log& log, AddressRange range, Sequence sequence);
  void take(Layer layer, AddressRange range, Sequence sequence);
  void move(const Event& event, AddressRange to, Sequence sequence);
  void protect(const Event& event, AddressRange range, Sequence sequence);
  void move_break(Address to, Sequence sequence);
  void reserve_again(AddressRange range, Sequence sequence);
  void drop_older(AddressRange range, Sequence cause);
  void drop_pieces(AddressRange range, Sequence cause);
  void drop_memory(AddressRange range, Sequence cause);
  void change(Sequence cause, Sequence maker, std::int64_t bytes);
  void change_holder(Sequence cause, Address piece, std::int64_t bytes);
  static Birth in_layer(const Extents& extents, AddressRange range, bool& whole);
  static std::vector<Part> parts(const Extents& extents, AddressRange range);
  static std::vector<Part> cut(Extents& extents, AddressRange range);
  void find_gone(const Log& log);

  Extents layers_[count_];
  Extents unmapped_;  // that it is, is known
  std::optional<Address> break_;
  std::vector<Change> changes_;
  std::map<Sequence, Sequence> freed_;
  std::vector<Sequence> gone_;
};

}  // namespace memmap::trace
