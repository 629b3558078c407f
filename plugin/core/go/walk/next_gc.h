// MemStats.NextGC: the heap size at which the next collection ends.
#pragma once

#include <optional>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/memstats.h"

namespace memmap::go {

// A field of memstats to 1.16, of gcController in 1.17 and 1.18, and computed by
// gcControllerState.heapGoalInternal from 1.19 on, after the flush that ReadMemStats performs.
// Nothing where it cannot be read, or depends on what cannot: `findings` say why.
std::optional<std::uint64_t> next_gc(const Runtime& runtime, const Counters& counters, const Flush& flush,
                                     Findings& findings);

}  // namespace memmap::go
