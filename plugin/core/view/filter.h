// Which of the map's nodes are wanted, in which order, and added up by what: all that selection is told.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

#include "base/address.h"
#include "map/kind.h"

namespace memmap {

struct Filter {
  using Kinds = std::bitset<static_cast<std::size_t>(Kind::count_)>;

  std::optional<Kinds> kinds;         // empty: all
  std::optional<AddressRange> range;  // what touches it
  std::uint64_t min_size = 0;

  bool wants(Kind kind) const { return !kinds || (*kinds)[static_cast<std::size_t>(kind)]; }
  bool narrows() const { return kinds || range || min_size != 0; }
};

enum class Sort : std::uint8_t { address, size, resident, kind };

struct Order {
  std::optional<Sort> sort;           // empty: as they lie
  std::optional<std::uint64_t> rows;  // the first of them; empty: all
};

// What bytes are added up by.
enum class Dimension : std::uint8_t { kind, counter, mapping };

}  // namespace memmap
