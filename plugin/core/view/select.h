// Which nodes a verb shows, and in which order: --kind --range --min-size --sort --rows.
#pragma once

#include <optional>
#include <vector>

#include "analysis.h"
#include "report/report.h"
#include "view/filter.h"

namespace memmap {

struct Selection {
  bool everything = true;            // all nodes in their own order; `nodes` is empty then
  std::vector<std::uint32_t> nodes;  // indices into AddressMap::nodes()
  Omitted omitted;
};

bool wanted(const Analysis& analysis, const Filter& filter, const Node& node);

Selection select_nodes(const Analysis& analysis, const Filter& filter, const Order& order = {});

// Bytes of the node in physical memory, also where the mapping's own figure is the answer
// because the node is all of it.
std::optional<std::uint64_t> resident_bytes(const Analysis& analysis, const Node& node);

// What the node itself, without its children, has in physical memory.
std::optional<std::uint64_t> own_resident_bytes(const Analysis& analysis, std::uint32_t index);

}  // namespace memmap
