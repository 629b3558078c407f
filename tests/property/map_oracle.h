// Two other ways to the same map, written to be right and not fast: one looks at every byte of
// a small address space on its own, one lays claims out most trusted first in a std::map. They
// share no code with the library and none with each other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "map/address_map.h"

namespace memmap::oracle {

// A node without the library's indices, so that maps of shuffled claims can be compared.
struct Row {
  AddressRange range;
  AddressRange whole;
  Kind kind = Kind::unknown;
  Level level = Level::mapping;
  Confidence confidence = Confidence::exact;
  Source source;
  std::uint32_t depth = 0;
  std::uint32_t skip = 1;
  std::uint32_t mapping = 0;
  std::uint64_t self_bytes = 0;
  bool operator==(const Row&) const = default;
};

struct Expected {
  std::vector<Row> rows;
  std::uint64_t cut = 0;  // claims that are no guesses and lost a byte
  Address first_cut;
  std::uint64_t unmapped = 0;  // runs of bytes of one claim, some in no mapping
  Address first_unmapped;
};

std::vector<Row> rows_of(const AddressMap& map);
// Adds the leftovers of containers and fills in skip and self bytes. `rows` are in pre-order.
std::vector<Row> complete(std::vector<Row> rows);

// All mappings and claims lie in [base, base + size).
Expected byte_by_byte(std::span<const Mapping> mappings, std::span<const Claim> claims, Address base,
                      std::uint64_t size);
std::vector<Row> most_trusted_first(std::span<const Mapping> mappings, std::span<const Claim> claims);

}  // namespace memmap::oracle
