#include "map/kind.h"

#include <array>

namespace memmap {

std::string_view name(Counter counter) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(Counter::count_)> kNames = {
      "",          "heap_inuse", "heap_free",    "heap_released", "stacks_inuse", "stacks_sys",
      "mspan_sys", "mcache_sys", "buckhash_sys", "gc_misc_sys",   "other_sys"};
  return kNames[static_cast<std::size_t>(counter)];
}

std::optional<Kind> kind_named(std::string_view id) {
  for (const KindInfo& kind : kKinds)
    if (kind.id == id) return kind.kind;
  return std::nullopt;
}

}  // namespace memmap
