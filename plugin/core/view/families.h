// What pictures tell apart: each kind belongs to one family, each family has a colour.
#pragma once

#include <cstdint>
#include <string_view>

#include "map/kind.h"

namespace memmap {

enum class Family : std::uint8_t {
#define FAMILY(id, shown, light, dark, terminal, block) id,
#include "view/families.def"
#undef FAMILY
  count_,
};

struct FamilyInfo {
  std::string_view id;
  std::string_view shown;
  std::string_view light;  // "#rrggbb" on a light ground
  std::string_view dark;
  std::uint8_t terminal = 0;  // of a terminal's 256 colours
  std::string_view block;     // one column wide
};

inline constexpr FamilyInfo kFamilies[] = {
#define FAMILY(id, shown, light, dark, terminal, block) {#id, shown, light, dark, terminal, block},
#include "view/families.def"
#undef FAMILY
};
inline constexpr std::size_t kFamilyCount = static_cast<std::size_t>(Family::count_);

constexpr const FamilyInfo& info(Family family) { return kFamilies[static_cast<std::size_t>(family)]; }
Family family_of(Kind kind);

// Explained, mapped by the runtime, and in no counter of it.
bool is_uncounted(Kind kind);

}  // namespace memmap
