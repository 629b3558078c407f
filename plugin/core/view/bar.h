// summary --bar: the address space drawn in blocks.
#pragma once

#include "analysis.h"
#include "report/report.h"
#include "words/options.h"

namespace memmap {

void add_bar(const Analysis& analysis, const Options& options, Report& report);

}  // namespace memmap
