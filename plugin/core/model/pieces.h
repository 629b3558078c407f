// Pieces of the runtime's metadata, a list for each row of pieces.def.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.h"

namespace memmap {

enum class PieceId : std::uint8_t {
#define PIECE(id, kind, source, confidence, place) id,
#include "model/pieces.def"
#undef PIECE
  count_,
};

enum class PiecePlace : std::uint8_t {
  own_pages,    // a mapping made for it alone; what its last page has beyond is page_rounding
  reservation,  // address space of which little may be mapped
  mapped_part,  // that little
  chunk,        // a chunk of persistentalloc
  in_chunk,     // cut out of one; from 64 KiB on persistentalloc maps pages for it
};

struct PieceInfo {
  PieceId id;
  PiecePlace place;
};

inline constexpr PieceInfo kPieces[] = {
#define PIECE(id, kind, source, confidence, place) {PieceId::id, PiecePlace::place},
#include "model/pieces.def"
#undef PIECE
};

struct Piece {
  AddressRange range;
  std::uint32_t index = 0;  // its number on the way that led to it
};

class Pieces {
 public:
  std::vector<Piece>& operator[](PieceId id) { return lists_[static_cast<std::size_t>(id)]; }
  const std::vector<Piece>& operator[](PieceId id) const { return lists_[static_cast<std::size_t>(id)]; }

  void add(PieceId id, AddressRange range, std::uint32_t index) { (*this)[id].push_back({range, index}); }
  // Numbered as it comes.
  void add(PieceId id, AddressRange range) { add(id, range, static_cast<std::uint32_t>((*this)[id].size())); }

  // Of what there is once at most: its range, or an empty one.
  AddressRange only(PieceId id) const { return (*this)[id].empty() ? AddressRange() : (*this)[id].front().range; }

  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::vector<Piece>& list : lists_) sum += list.size();
    return sum;
  }

 private:
  std::array<std::vector<Piece>, static_cast<std::size_t>(PieceId::count_)> lists_;
};

}  // namespace memmap
