// What events do to bytes, for all who add them up.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "trace/births.h"
#include "trace/events.h"

namespace memmap::trace {

// What the event does, and to how many bytes. mmap of what may not be accessed only reserves.
Effect effect_of(const Event& event);

struct EventBytes {
  std::uint64_t reserved = 0;  // address space without memory
  std::uint64_t taken = 0;
  std::uint64_t given_back = 0;
};

// A call inside another that is wanted too is the same bytes once more: it does not count. A
// chunk that persistentalloc gets for a piece does, with what no piece has taken of it.
class Amounts {
 public:
  Amounts(const Log& log, const Operations& wanted);

  bool counts(Sequence sequence) const;
  // Bytes asked for. A function whose size is not known is as large as what was done inside it.
  std::uint64_t size(Sequence sequence) const;
  // What the call itself did: of a function as it was asked for, of a system call as far as there
  // was memory (Births::changes): unmapping what was only reserved gives nothing back, and what
  // replaces memory gives that back.
  EventBytes of(Sequence sequence) const;
  // The same of what counts: each byte is in one event.
  EventBytes counted(Sequence sequence) const;
  // Bytes of what was wanted that are still there at the end.
  std::uint64_t live(Sequence sequence) const;
  // Of a system call, with whose memory it was.
  std::span<const Births::Change> changes(Sequence sequence) const;

 private:
  bool cuts_a_piece(Sequence sequence) const;
  bool is_inside_piece(Sequence sequence) const;

  const Log& log_;
  Operations wanted_;
  std::vector<std::uint64_t> sizes_;  // by sequence
  std::vector<std::int64_t> live_;
  std::vector<Births::Change> changes_;  // by their causes
};

struct Change {
  Charge charge = Charge::none;
  Kind kind = Kind::unknown;
  std::int64_t bytes = 0;
};

// What the function adds to the runtime's counters, and to the kinds of memory, and takes from
// them, apart from calls inside it. sysAlloc, sysMap and sysFree change the counter of their stat
// pointer. Below 64 KiB persistentalloc takes from its chunk, and from other_sys, to which chunks
// are charged, what it adds elsewhere (persistentalloc1, 1.11 to 1.27); from there on sysAlloc
// inside it does it all.
std::array<Change, 2> changes_of(const Event& event);

}  // namespace memmap::trace
