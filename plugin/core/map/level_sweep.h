// Stage "resolve": the claims of one level as disjoint pieces in address order. Where claims
// overlap, each byte goes to the most trusted. Trust is compared only there: a heap's spans do
// not overlap, and pass at the price of one look at the next.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "map/claim.h"

namespace memmap {

// Confidence, then the smaller range, then address, kind and source. Total, so that the map
// cannot depend on the order annotators ran in.
bool more_trusted(const Claim& a, const Claim& b);

// Indices of the claims of each level in order of their begin. Empty claims are left out.
using LevelOrder = std::array<std::vector<std::uint32_t>, 4>;
LevelOrder order_by_begin(std::span<const Claim> claims);

// How often, and the lowest address.
struct Occurrences {
  std::uint64_t count = 0;
  Address first;

  void add(Address where) {
    if (count == 0 || where < first) first = where;
    ++count;
  }
};

struct SweepNotes {
  Occurrences cut;       // claims that lost bytes; not guesses, which are meant to give way
  Occurrences unmapped;  // pieces with bytes in no mapping
};

struct SweptRange {
  AddressRange range;
  std::uint32_t claim = 0;
};

class LevelSweep {
 public:
  LevelSweep(std::span<const Claim> claims, std::vector<std::uint32_t> order, SweepNotes& notes);

  // Past the last piece: an empty one at the end of the address space, behind every mapping.
  const SweptRange& piece() const { return piece_; }
  bool done() const { return piece_.range.begin == kEnd; }
  void next() {
    if (reached_ != piece_.range.end) note_unmapped();
    const std::uint32_t* claim = next_ == order_.size() ? nullptr : &order_[next_];
    if (active_.empty() && claim != nullptr && stands_alone()) {
      ++next_;
      enter_piece({claims_[*claim].range, *claim});
    } else {
      settle();
    }
  }
  // `part` of the current piece is mapped. Parts come in address order.
  void mapped(AddressRange part) {
    if (part.begin != reached_) note_unmapped();
    reached_ = part.end;
  }

 private:
  static constexpr Address kEnd{~std::uint64_t{0}};
  struct Active {
    std::uint32_t claim;
    bool cut;
  };

  bool stands_alone() const {
    return next_ + 1 == order_.size() || claims_[order_[next_ + 1]].range.begin >= claims_[order_[next_]].range.end;
  }
  void enter_piece(const SweptRange& piece) {
    piece_ = piece;
    reached_ = piece.range.begin;
    unmapped_noted_ = false;
  }
  void settle();
  bool contend(std::uint32_t claim);
  void drop_ended(Address at);
  void note_cut(Active& loser, Address where);
  void note_unmapped();

  std::span<const Claim> claims_;
  std::vector<std::uint32_t> order_;
  std::size_t next_ = 0;        // in order_: the next claim to begin
  std::vector<Active> active_;  // a heap, the most trusted in front: claims that overlap here
  SweptRange piece_{{kEnd, kEnd}, 0};
  Address reached_ = kEnd;  // up to here the piece is known to be mapped
  bool unmapped_noted_ = false;
  SweepNotes* notes_;
};

}  // namespace memmap
