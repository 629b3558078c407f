// What the two halves of reconcile share: tables for programs, the screen for people.
#pragma once

#include "analysis.h"
#include "report/report.h"

namespace memmap {

void add_reconcile_screen(const Analysis& analysis, bool all_terms, Report& report);
std::int64_t signed_bytes(const Term& term);

}  // namespace memmap
