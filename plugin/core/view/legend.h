// What is worth looking at, and the sums: the end of the annotate screen.
#pragma once

#include "analysis.h"
#include "report/report.h"

namespace memmap {

void add_legend(const Analysis& analysis, Report& report);

}  // namespace memmap
