// Fills in Model::native: everything mapped that is neither the Go runtime's nor the C library's
// heap and thread stacks.
#pragma once

#include "base/findings.h"
#include "model/model.h"
#include "process/target.h"

namespace memmap {

void walk_native(const Target& target, Model& model, Findings& findings);

}  // namespace memmap
