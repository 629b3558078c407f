#include "view/groups.h"

#include "view/select.h"

namespace memmap {

Joins joins_of(Kind kind) {
  static constexpr Joins kJoinsOf[] = {
#define KIND(id, shown, noun, counter, family, joins, ...) Joins::joins,
#include "map/kinds.def"
#undef KIND
  };
  return kJoinsOf[static_cast<std::size_t>(kind)];
}

namespace {

bool joins(const Analysis& analysis, const Group& group, const Segment& next) {
  const Segment& last = group.segments.back();
  const std::span<const Node> nodes = analysis.map.nodes();
  if (last.kind == next.kind &&
      analysis.map.claim(nodes[last.node]).source() == analysis.map.claim(nodes[next.node]).source())
    return true;
  if (group.joins() == Joins::kernel) return joins_of(next.kind) == Joins::kernel;
  if (last.range.end != next.range.begin || group.kind() == Kind::unknown) return false;
  if (next.kind == Kind::page_rounding) return last.mapping == next.mapping;
  if (group.joins() == Joins::reserved) return joins_of(next.kind) == Joins::reserved;
  return next.kind == group.kind() && group.joins() == Joins::alike;
}

std::vector<Segment> segments_of(const Analysis& analysis) {
  std::vector<Segment> segments;
  const std::span<const Node> nodes = analysis.map.nodes();
  for (std::uint32_t m = 0; m < nodes.size(); m += nodes[m].skip) {
    for (std::uint32_t i = m + 1; i < m + nodes[m].skip; i += nodes[i].skip)
      segments.push_back({nodes[i].range, i, i + nodes[i].skip, nodes[i].mapping, analysis.map.claim(nodes[i]).kind});
  }
  return segments;
}

}  // namespace

std::vector<Group> group_segments(const Analysis& analysis) {
  std::vector<Group> groups;
  for (const Segment& segment : segments_of(analysis)) {
    if (groups.empty() || !joins(analysis, groups.back(), segment)) groups.emplace_back();
    groups.back().segments.push_back(segment);
  }
  return groups;
}

std::uint64_t size_of(const Group& group) {
  std::uint64_t size = 0;
  for (const Segment& segment : group.segments) size += segment.range.size();
  return size;
}

std::uint64_t wholes_of(const Analysis& analysis, const Group& group) {
  std::uint64_t count = 0;
  std::optional<Source> last;
  for (const Segment& segment : group.segments) {
    const Source source = analysis.map.claim(analysis.map.nodes()[segment.node]).source();
    if (segment.kind != group.kind() || last == source) continue;
    last = source;
    ++count;
  }
  return count;
}

std::optional<std::uint64_t> resident_bytes(const Analysis& analysis, const Group& group) {
  std::uint64_t sum = 0;
  bool known = true;
  for (const Segment& segment : group.segments) {
    const std::optional<std::uint64_t> part = resident_bytes(analysis, analysis.map.nodes()[segment.node]);
    sum += part.value_or(0);
    known = known && part;
  }
  if (known) return sum;

  return resident_of_mappings(analysis, group.first_mapping(), group.segments.back().mapping, size_of(group));
}

std::optional<std::uint64_t> resident_of_mappings(const Analysis& analysis, std::uint32_t first, std::uint32_t last,
                                                  std::uint64_t size) {
  std::uint64_t sum = 0;
  for (std::uint32_t m = first; m <= last; ++m) {
    const Mapping& mapping = analysis.target.mappings[m];
    if (!mapping.resident) return std::nullopt;
    sum += *mapping.resident;
    size -= mapping.range.size();
  }
  return size == 0 ? std::optional(sum) : std::nullopt;
}

}  // namespace memmap
