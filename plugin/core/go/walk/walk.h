// Walkers turn target memory into a Model. Each reads one runtime structure, keeps what it can
// and reports the rest. Nothing else reads target memory.
#pragma once

#include <string_view>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"

namespace memmap::go {

#define WALKER(name) void walk_##name(const Runtime& runtime, Model& model, Findings& findings);
#include "go/walk/walkers.def"
#undef WALKER

struct Walker {
  std::string_view name;
  void (*run)(const Runtime&, Model&, Findings&);
};

inline constexpr Walker kWalkers[] = {
#define WALKER(name) {#name, walk_##name},
#include "go/walk/walkers.def"
#undef WALKER
};

}  // namespace memmap::go
