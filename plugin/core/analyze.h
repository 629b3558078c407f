#pragma once

#include <memory>

#include "analysis.h"
#include "base/cancel.h"
#include "base/progress.h"
#include "base/result.h"
#include "process/source.h"

namespace memmap {

// The pipeline: source → runtime → model → claims → map → ledger. Fails only if the target
// cannot be read at all; source.failure() then is the sentence for the user. `progress`, where
// there is one, is told which part is under way.
Result<std::unique_ptr<Analysis>> analyze(TargetSource& source, Progress* progress = nullptr,
                                          const Cancellation& cancellation = Cancellation());

}  // namespace memmap
