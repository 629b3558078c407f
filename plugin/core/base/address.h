// Addresses and ranges in the target process. They are never dereferenced here.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>

namespace memmap {

class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(std::uint64_t value) : value_(value) {}

  constexpr std::uint64_t value() const { return value_; }
  constexpr bool is_null() const { return value_ == 0; }
  constexpr auto operator<=>(const Address&) const = default;

  constexpr Address operator+(std::uint64_t offset) const { return Address(value_ + offset); }
  constexpr std::uint64_t operator-(Address other) const { return value_ - other.value_; }

 private:
  std::uint64_t value_ = 0;
};

// Half open: [begin, end). An empty range covers nothing.
struct AddressRange {
  Address begin;
  Address end;

  // A start and a length read from the target. Nothing if they wrap around.
  static constexpr std::optional<AddressRange> of(Address begin, std::uint64_t size) {
    const Address end = begin + size;
    if (end < begin) return std::nullopt;
    return AddressRange{begin, end};
  }

  constexpr bool empty() const { return end <= begin; }
  constexpr std::uint64_t size() const { return empty() ? 0 : end - begin; }
  constexpr bool contains(Address a) const { return begin <= a && a < end; }
  constexpr bool contains(AddressRange r) const { return begin <= r.begin && r.end <= end; }
  constexpr bool overlaps(AddressRange r) const { return begin < r.end && r.begin < end; }
  constexpr AddressRange intersect(AddressRange r) const { return {std::max(begin, r.begin), std::min(end, r.end)}; }
  constexpr auto operator<=>(const AddressRange&) const = default;
};

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) { return (value + unit - 1) / unit * unit; }
constexpr std::uint64_t round_down(std::uint64_t value, std::uint64_t unit) { return value / unit * unit; }

}  // namespace memmap
