#include "view/groups.h"

#include "view/select.h"

namespace memmap {
namespace {

Grouping grouping_of(Kind kind) {
  switch (kind) {
    case Kind::page_summary:
    case Kind::scavenge_index_reserve:
      return Grouping::reserved_index;
    case Kind::main_stack:
    case Kind::vdso:
    case Kind::vvar:
    case Kind::vsyscall:
    case Kind::uprobe_page:
      return Grouping::kernel_piece;
    default:
      return Grouping::thing;
  }
}

// Things whose neighbours of the same kind interest nobody one by one.
bool joins_neighbours(Kind kind) {
  switch (kind) {
    case Kind::unknown:
    case Kind::elf_image:
    case Kind::file_mapping:
    case Kind::shared_memory:
    case Kind::anonymous_user:
    case Kind::thread_stack:
    case Kind::thread_guard:
    case Kind::malloc_arena:
    case Kind::malloc_mmap:
      return false;
    default:
      return true;
  }
}

bool joins(const Analysis& analysis, const Group& group, const Segment& next) {
  const Segment& last = group.segments.back();
  const std::span<const Node> nodes = analysis.map.nodes();
  if (last.kind == next.kind &&
      analysis.map.claim(nodes[last.node]).source() == analysis.map.claim(nodes[next.node]).source())
    return true;
  if (group.grouping != grouping_of(next.kind) && next.kind != Kind::page_rounding) return false;
  if (group.grouping == Grouping::kernel_piece) return grouping_of(next.kind) == Grouping::kernel_piece;
  if (last.range.end != next.range.begin || group.kind() == Kind::unknown) return false;
  if (next.kind == Kind::page_rounding) return last.mapping == next.mapping;
  if (group.grouping == Grouping::reserved_index) return true;
  return next.kind == group.kind() && joins_neighbours(next.kind);
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
    if (groups.empty() || !joins(analysis, groups.back(), segment)) groups.push_back({{}, grouping_of(segment.kind)});
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
