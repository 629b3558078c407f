// The clock of a trace, which the kernel's events have too.
#pragma once

#include <chrono>
#include <cstdint>

namespace memmap {

// CLOCK_MONOTONIC, nanoseconds.
inline std::uint64_t monotonic_now() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

}  // namespace memmap
