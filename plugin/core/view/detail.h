// What is worth saying about one node beyond its kind: objects in a span, level of a summary.
#pragma once

#include <optional>
#include <string>

#include "map/address_map.h"
#include "model/model.h"

namespace memmap {

// Empty where there is nothing to add. One case per kind.
std::string detail_of(const Model& model, const AddressMap& map, const Node& node);

// The live span that a node lies in, by address.
const Span* span_of(const Model& model, const Node& node);

}  // namespace memmap
