// Walkers turn target memory into a Model. Each reads one runtime structure, keeps what it can
// and reports the rest. Nothing else reads target memory.
#pragma once

#include <iterator>
#include <string_view>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"

namespace memmap::go {

#define WALKER(name, needs) void walk_##name(const Runtime& runtime, Model& model, Findings& findings);
#include "go/walk/walkers.def"
#undef WALKER

struct Walker {
  std::string_view name;
  std::string_view needs;  // names of walkers, between spaces
  void (*run)(const Runtime&, Model&, Findings&);

  constexpr bool needs_walker(std::string_view other) const {
    for (std::string_view rest = needs; !rest.empty();) {
      const std::size_t end = rest.find(' ');
      if (rest.substr(0, end) == other) return true;
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return false;
  }
};

inline constexpr Walker kWalkers[] = {
#define WALKER(name, needs) {#name, needs, walk_##name},
#include "go/walk/walkers.def"
#undef WALKER
};

// Each of the names that a walker needs is that of a walker before it.
constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kWalkers); ++i) {
    std::size_t words = kWalkers[i].needs.empty() ? 0 : 1;
    for (const char c : kWalkers[i].needs) words += c == ' ' ? 1 : 0;
    for (std::size_t before = 0; before < i; ++before)
      if (kWalkers[i].needs_walker(kWalkers[before].name)) --words;
    if (words != 0) return false;
  }
  return true;
}
static_assert(in_order(), "walkers.def: a walker needs one that does not stand before it");

}  // namespace memmap::go
