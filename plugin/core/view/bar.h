// summary --bar: the address space drawn in blocks.
#pragma once

#include "analysis.h"
#include "report/report.h"
#include "view/filter.h"

namespace memmap {

void add_bar(const Analysis& analysis, const Filter& filter, Report& report);

}  // namespace memmap
