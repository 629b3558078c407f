// Annotators say what ranges are for. They are pure: a Model in, claims out. They may run in
// any order and know nothing of each other; overlaps are AddressMap's business.
#pragma once

#include <string_view>
#include <vector>

#include "map/claim.h"
#include "model/model.h"

namespace memmap {

#define ANNOTATOR(name) void annotate_##name(const Model& model, std::vector<Claim>& claims);
#include "annotate/annotators.def"
#undef ANNOTATOR

struct Annotator {
  std::string_view name;
  void (*run)(const Model&, std::vector<Claim>&);
};

inline constexpr Annotator kAnnotators[] = {
#define ANNOTATOR(name) {#name, annotate_##name},
#include "annotate/annotators.def"
#undef ANNOTATOR
};

// A region that has pages of its own, and where it ends inside a physical page, the rest as
// page_rounding: the kernel maps whole pages, the runtime counts the bytes it asked for.
void claim_rounded(const Model& model, const Claim& claim, std::vector<Claim>& claims);

}  // namespace memmap
