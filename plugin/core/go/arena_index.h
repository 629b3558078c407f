// arenaIndex and chunkIndex of the runtime on amd64: addresses are sign-extended 48-bit, so the
// lowest is −2^47 (arenaBaseOffset, malloc.go).
#pragma once

#include <optional>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"

namespace memmap::go {

inline constexpr std::uint64_t kArenaBaseOffset = 0xffff800000000000;
inline constexpr std::uint64_t kArenaIndexCount = std::uint64_t{1} << 22;  // arenaL2Bits
inline constexpr std::uint64_t kHeapIndexBytes = kArenaIndexCount * 8;
inline constexpr std::uint64_t kPallocChunkBytes = 4u << 20;  // pallocChunkBytes

constexpr std::uint64_t arena_index(Address a) { return (a.value() - kArenaBaseOffset) / kHeapArenaBytes; }
constexpr std::optional<AddressRange> arena_range(std::uint64_t index) {
  if (index >= kArenaIndexCount) return std::nullopt;
  return AddressRange::of(Address(index * kHeapArenaBytes + kArenaBaseOffset), kHeapArenaBytes);
}
constexpr std::uint64_t chunk_index(Address a) { return (a.value() - kArenaBaseOffset) / kPallocChunkBytes; }
constexpr Address chunk_base(std::uint64_t index) { return Address(index * kPallocChunkBytes + kArenaBaseOffset); }

// An arena that no list names and a span lies in: all of Go 1.11, user arenas of 1.20 to 1.24.
void add_unlisted_arena(const Runtime& runtime, std::uint64_t index, bool user, Model& model, Findings& findings);

}  // namespace memmap::go
