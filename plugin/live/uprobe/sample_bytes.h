// Parts of a sample of perf events, one behind the other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "process/load.h"

namespace memmap {

// Takes so many bytes off `rest`, or what there is.
inline std::span<const std::byte> take(std::span<const std::byte>& rest, std::uint64_t size) {
  const std::span<const std::byte> taken = rest.first(std::min<std::uint64_t>(size, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

template <typename T>
T take(std::span<const std::byte>& rest) {
  return load<T>(take(rest, sizeof(T)), 0).value_or(T{});
}

// PERF_SAMPLE_STACK_USER: of so many bytes those that could be read.
inline std::span<const std::byte> take_stack(std::span<const std::byte>& rest) {
  const std::span<const std::byte> bytes = take(rest, take<std::uint64_t>(rest));
  return bytes.first(std::min<std::uint64_t>(take<std::uint64_t>(rest), bytes.size()));
}

}  // namespace memmap
