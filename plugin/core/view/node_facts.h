// All that is said of one node: a row of annotate, and of Python's map.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analysis.h"

namespace memmap {

// Texts are empty where there is nothing to say. Views live as long as the analysis.
struct NodeFacts {
  std::string_view level;
  std::string_view kind;  // its id
  std::string_view counter;
  std::string_view confidence;
  std::string source;       // "mheap_.allspans[12]"
  AddressRange whole;       // of the thing that the node is a part of
  std::string permissions;  // "rw-p"
  std::string_view file;
  std::optional<std::uint64_t> resident;  // bytes
  std::string detail;                     // of a mapping: its VMA name
};

NodeFacts facts_of(const Analysis& analysis, const Node& node);

}  // namespace memmap
