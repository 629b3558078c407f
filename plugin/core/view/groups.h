// The outermost things of the map in address order, and which of them are one thing for a
// reader: an arena that the kernel keeps in pieces, chunks side by side, reserved indexes.
#pragma once

#include <vector>

#include "analysis.h"

namespace memmap {

// An outermost part of a mapping: a region, or what no region explains.
struct Segment {
  AddressRange range;
  std::uint32_t node = 0;
  std::uint32_t end = 0;  // the node behind it and all it holds
  std::uint32_t mapping = 0;
  Kind kind = Kind::unknown;
};

// Which neighbours one line shows together with a thing.
enum class Joins : std::uint8_t {
  alike,     // those of its kind that touch it
  alone,     // none: each interests somebody
  reserved,  // other reserved indexes that touch it
  kernel,    // other pieces of the kernel, wherever
};
Joins joins_of(Kind kind);

struct Group {
  std::vector<Segment> segments;  // in address order, at least one

  Kind kind() const { return segments.front().kind; }
  Joins joins() const { return joins_of(kind()); }
  AddressRange range() const { return {segments.front().range.begin, segments.back().range.end}; }
  std::uint32_t first_mapping() const { return segments.front().mapping; }
  bool within(std::uint32_t mapping) const { return first_mapping() == mapping && segments.back().mapping == mapping; }
};

std::vector<Group> group_segments(const Analysis& analysis);

// Of all the group's bytes; nothing if a part is not known.
std::optional<std::uint64_t> resident_bytes(const Analysis& analysis, const Group& group);
// Of mappings [first, last] if they are exactly `size` bytes and all known.
std::optional<std::uint64_t> resident_of_mappings(const Analysis& analysis, std::uint32_t first, std::uint32_t last,
                                                  std::uint64_t size);
std::uint64_t size_of(const Group& group);
std::uint64_t wholes_of(const Analysis& analysis, const Group& group);  // of the first kind

}  // namespace memmap
