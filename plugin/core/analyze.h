#pragma once

#include <memory>

#include "base/result.h"
#include "commands/analysis.h"
#include "target/source.h"

namespace memmap {


// The pipeline: source → runtime → model → claims → map → ledger. Fails only if the target
// cannot be read at all; source.failure() then is the sentence for the user.
Result<std::unique_ptr<Analysis>> analyze(TargetSource& source);

}  // namespace memmap
