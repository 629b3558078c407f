// What follows from the model alone. No target memory is read: the process may have been let go.
#pragma once

#include <cstdint>
#include <vector>

#include "go/layout/traits.h"
#include "model/model.h"
#include "process/target.h"

namespace memmap::go {

// What is known beside the model.
struct Known {
  const Traits& traits;
  const std::vector<Mapping>& mappings;
  std::uint64_t page_size = 0;
};

#define DERIVER(name) void derive_##name(const Known& known, Model& model);
#include "go/derive/derivers.def"
#undef DERIVER

// All of them, in order.
inline void derive(const Known& known, Model& model) {
#define DERIVER(name) derive_##name(known, model);
#include "go/derive/derivers.def"
#undef DERIVER
}

}  // namespace memmap::go
