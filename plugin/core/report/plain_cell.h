// Cells for formats that have no types: csv and markdown. Exact, and empty where unknown.
#pragma once

#include <string>

#include "report/table.h"

namespace memmap {

void append_plain_cell(std::string& out, const Cell& cell);

}  // namespace memmap
