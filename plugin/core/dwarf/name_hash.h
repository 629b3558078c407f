// FNV-1a. Names are indexed by hash and compared in full afterwards.
#pragma once

#include <cstdint>
#include <string_view>

namespace memmap {

constexpr std::uint32_t name_hash(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 16777619U;
  }
  return hash;
}

}  // namespace memmap
