#include "view/families.h"

#include <iterator>

namespace memmap {

Family family_of(Kind kind) {
  static constexpr Family kFamilyOf[] = {
#define KIND(id, shown, noun, counter, family, ...) Family::family,
#include "map/kinds.def"
#undef KIND
  };
  static_assert(std::size(kFamilyOf) == static_cast<std::size_t>(Kind::count_));
  return kFamilyOf[static_cast<std::size_t>(kind)];
}

bool is_uncounted(Kind kind) { return family_of(kind) == Family::metadata && info(kind).counter == Counter::none; }

}  // namespace memmap
