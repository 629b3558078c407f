// Events as rows for programs: the trace rows of the interface.
#pragma once

#include <functional>

#include "report/table.h"
#include "trace/events.h"

namespace memmap::trace {

// Events of `wanted` operations for which `chosen` is true (none: all), in their order. The log has to outlive the table.
Table event_table(const Log& log, const Operations& wanted, std::string_view name = "rows",
                  std::function<bool(Sequence)> chosen = {});

}  // namespace memmap::trace
