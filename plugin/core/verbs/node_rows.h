// Rows of annotate: one for each node of the map, for programs.
#pragma once

#include <functional>

#include "verbs/verbs.h"
#include "view/births.h"

namespace memmap {

// Calls `row` for each node that is wanted, until it returns false.
using EachNode = std::function<void(const std::function<bool(const Node&)>& row)>;

// With a column for births where there are some.
Table node_table(const Analysis& analysis, EachNode nodes, std::shared_ptr<const BirthView> births = nullptr);

}  // namespace memmap
