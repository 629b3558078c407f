// Events as rows for programs: the trace rows of the interface.
#pragma once

#include <span>

#include "report/table.h"
#include "trace/events.h"

namespace memmap::trace {

// The events of `wanted` operations, in their order. The log has to outlive the table.
Table event_table(const Log& log, const Operations& wanted);
// Those of births that took memory of which no byte is left, and of which trace each is, from 1.
// The log and `gone` have to outlive the table.
Table gone_table(const Log& log, std::span<const Sequence> gone);

}  // namespace memmap::trace
