// What is worth looking at, and the sums: the end of the annotate screen.
#pragma once

#include "verbs/verbs.h"

namespace memmap {

void add_legend(const Analysis& analysis, Report& report);

}  // namespace memmap
