// What is worth saying about one node beyond its kind: objects in a span, level of a summary.
#pragma once

#include <optional>
#include <string>

#include "map/address_map.h"
#include "model/model.h"

namespace memmap {

// What is said of one thing, and of many of a kind (view/parts.h).
enum class Detail : std::uint8_t {
  none,
  objects,     // how many of what size; of many: of how many size classes
  stacks,      // handed out, of what size; of many: how many goroutines
  goroutine,   // its number
  level,       // of the page summary
  section,     // its name; of many: their names
  in_no_span,  // nothing of one; of many: that
  given_back,  // alike
};
Detail detail_style(Kind kind);

// Empty where there is nothing to add.
std::string detail_of(const Model& model, const AddressMap& map, const Node& node);

// The live span that a node lies in, by address.
const Span* span_of(const Model& model, const Node& node);

}  // namespace memmap
