// Copies a value out of bytes that may be short and need not be aligned: cores of gdb are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace memmap {

template <class T>
std::optional<T> load(std::span<const std::byte> bytes, std::uint64_t offset) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// The part of [offset, offset + size) that exists.
inline std::span<const std::byte> clip(std::span<const std::byte> bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset >= bytes.size()) return {};
  const std::uint64_t left = bytes.size() - offset;
  return bytes.subspan(offset, size < left ? size : left);
}

}  // namespace memmap
