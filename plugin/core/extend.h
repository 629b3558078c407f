// Claims from outside memmap: a user's annotator knows what the program's own memory is for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analysis.h"

namespace memmap {

struct AddedClaim {
  AddressRange range;
  Kind kind = Kind::unknown;
  Level level = Level::slot;  // not mapping: mappings are the kernel's
  Confidence confidence = Confidence::derived;
  std::string name;  // shown as detail
  std::string by;    // the annotator's name
};

// The same target with these claims beside memmap's own: laid over the mappings and added up
// again. Where one is not on the map in full, because nothing is mapped there or something more
// trusted is, a note says whose (code added_claims).
std::shared_ptr<const Analysis> extend(const Analysis& analysis, const std::vector<AddedClaim>& added);

}  // namespace memmap
