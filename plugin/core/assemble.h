// What every analysis ends with, whoever made the claims: claims → map → ledger.
#pragma once

#include <memory>
#include <vector>

#include "analysis.h"

namespace memmap {

// Lays the claims over the mappings and adds up. What resolve() has to say is added to `findings`.
// Who has a reason to trust all claims less, such as a layout that is not the program's own, lowers
// their confidence once, before this: annotators do not know of it, and resolve() goes by it.
std::unique_ptr<Analysis> assemble(Target target, Model model, std::vector<Claim> claims, Findings findings);

}  // namespace memmap
