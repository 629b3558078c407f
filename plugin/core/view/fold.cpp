#include "view/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "view/groups.h"
#include "view/naming.h"
#include "view/parts.h"
#include "view/select.h"

namespace memmap {
namespace {

// More pieces than this in one place are shown by kind instead of one by one.
constexpr std::size_t kListed = 8;

// A run of an arena's children: reserved, or mapped and folded by use.
struct ArenaRun {
  AddressRange range;
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint32_t first_mapping = 0;
  std::uint32_t last_mapping = 0;
  bool reserved = false;
};

std::vector<ArenaRun> runs_of(const Analysis& analysis, const Group& group) {
  std::vector<ArenaRun> runs;
  const std::span<const Node> nodes = analysis.map.nodes();
  for (const Segment& segment : group.segments) {
    for (std::uint32_t i = segment.node + 1; i < segment.end; i += nodes[i].skip) {
      const bool reserved = analysis.map.claim(nodes[i]).kind == Kind::arena_reserve;
      if (runs.empty() || runs.back().reserved != reserved)
        runs.push_back({nodes[i].range, i, i, nodes[i].mapping, nodes[i].mapping, reserved});
      runs.back().range.end = nodes[i].range.end;
      runs.back().last = i + nodes[i].skip;
      runs.back().last_mapping = nodes[i].mapping;
    }
  }
  return runs;
}

// Of all its children; or of its mappings, where only theirs is known and the run is all of them.
std::optional<std::uint64_t> resident_bytes(const Analysis& analysis, const ArenaRun& run) {
  const std::span<const Node> nodes = analysis.map.nodes();
  std::optional<std::uint64_t> sum = 0;
  for (std::uint32_t i = run.first; sum && i < run.last;) {
    if (nodes[i].depth < nodes[run.first].depth) {  // the next mapping, and the arena in it
      ++i;
      continue;
    }
    const std::optional<std::uint64_t> part = memmap::resident_bytes(analysis, nodes[i]);
    sum = part ? std::optional(*sum + *part) : std::nullopt;
    i += nodes[i].skip;
  }
  return sum ? sum : resident_of_mappings(analysis, run.first_mapping, run.last_mapping, run.range.size());
}

class Folder {
 public:
  Folder(const Analysis& analysis, const UnitFormat& units) : analysis_(analysis), units_(units) {}
  std::vector<ViewRow> run();

 private:
  const Node& node(const Segment& segment) const { return analysis_.map.nodes()[segment.node]; }
  const Mapping& mapping(const Segment& segment) const { return analysis_.target.mappings[segment.mapping]; }
  std::string permissions_of(const Group& group) const;

  void add(const Group& group, unsigned depth);
  void add_merged(std::span<const Group> groups);
  void add_by_kind(std::span<const Group> groups);
  void add_kernel_pieces(const Group& group);
  void add_reserved(const Group& group, unsigned depth);
  void add_unknown(const Group& group, unsigned depth);
  void add_thing(const Group& group, unsigned depth);
  void add_arena_parts(const Group& group, unsigned depth);
  void add_run(const ArenaRun& run, unsigned inside, unsigned depth);
  ViewRow head_of(const Group& group, unsigned depth) const;

  const Analysis& analysis_;
  const UnitFormat& units_;
  std::vector<ViewRow> rows_;
};

std::string Folder::permissions_of(const Group& group) const {
  const std::string first = short_permissions(mapping(group.segments.front()));
  for (const Segment& segment : group.segments)
    if (short_permissions(mapping(segment)) != first) return {};
  return first;
}

ViewRow Folder::head_of(const Group& group, unsigned depth) const {
  ViewRow row;
  row.range = group.range();
  row.size = size_of(group);
  row.resident = resident_bytes(analysis_, group);
  row.permissions = permissions_of(group);
  row.depth = depth;
  return row;
}

void Folder::add_unknown(const Group& group, unsigned depth) {
  ViewRow row = head_of(group, depth);
  row.what = fmt::format("unknown{}", mapping_label(mapping(group.segments.front())));
  row.tone = Tone::warn;
  row.note = true;
  rows_.push_back(std::move(row));
}

void Folder::add_kernel_pieces(const Group& group) {
  ViewRow row = head_of(group, 0);
  row.label = fmt::format("{:x}…", group.range().begin.value());
  for (const Segment& segment : group.segments) {
    const std::string& file = mapping(segment).file;
    if (!row.what.empty()) row.what += ' ';
    row.what += file.empty() ? info(segment.kind).shown : std::string_view(file);
  }
  if (group.segments.size() > 1) row.what += fmt::format(", {} mappings", group.segments.size());
  row.note = true;
  rows_.push_back(std::move(row));
}

void Folder::add_reserved(const Group& group, unsigned depth) {
  std::uint64_t summaries = 0;
  std::uint64_t scavenge = 0;
  Parts parts(analysis_);
  for (const Segment& segment : group.segments) {
    if (segment.kind == Kind::page_summary) summaries += segment.range.size();
    if (segment.kind == Kind::scavenge_index_reserve) scavenge += segment.range.size();
    parts.add(segment.node, segment.end, node(segment).depth + 1U);
  }
  ViewRow row = head_of(group, depth);
  row.permissions = "---";
  row.tone = Tone::dim;
  row.note = true;
  if (summaries != 0) row.what = fmt::format("page summary {}", human(summaries, units_));
  if (scavenge != 0)
    row.what += fmt::format("{}scavenge index {}", row.what.empty() ? "" : " · ", human(scavenge, units_));
  row.what += " reserved";
  rows_.push_back(std::move(row));
  parts.append_rows(rows_, depth + 1, false, "---");
}

void Folder::add_arena_parts(const Group& group, unsigned depth) {
  const std::vector<ArenaRun> runs = runs_of(analysis_, group);
  const unsigned inside = node(group.segments.front()).depth + 1U;
  if (runs.size() <= 1 || runs.size() > kListed) {
    Parts parts(analysis_);
    for (const Segment& segment : group.segments) parts.add(segment.node, segment.end, inside);
    parts.append_rows(rows_, depth, false, permissions_of(group));
    return;
  }
  for (const ArenaRun& run : runs) add_run(run, inside, depth);
}

void Folder::add_run(const ArenaRun& run, unsigned inside, unsigned depth) {
  const Node& first = analysis_.map.nodes()[run.first];
  ViewRow row;
  row.range = run.range;
  row.size = run.range.size();
  row.resident = resident_bytes(analysis_, run);
  row.permissions = short_permissions(analysis_.target.mappings[run.first_mapping]);
  row.depth = depth;
  if (run.reserved) {
    row.what = thing_label(analysis_, first);
    row.counter = counter_label(Kind::arena_reserve);
    row.how = how_we_know(analysis_.map.claim(first).source());
    row.tone = Tone::dim;
    rows_.push_back(std::move(row));
    return;
  }
  row.what = "heap, mapped";
  row.note = true;
  const std::string around = row.permissions;
  rows_.push_back(std::move(row));
  Parts parts(analysis_);
  parts.add(run.first, run.last, inside);
  parts.append_rows(rows_, depth + 1, false, around);
}

void Folder::add_thing(const Group& group, unsigned depth) {
  const Segment& first = group.segments.front();
  Parts parts(analysis_);
  for (const Segment& segment : group.segments)
    parts.add(segment.node + (segment.kind == Kind::page_rounding ? 0 : 1), segment.end, node(first).depth + 1U);

  ViewRow row = head_of(group, depth);
  const std::uint64_t wholes = wholes_of(analysis_, group);
  row.what = wholes == 1 ? thing_label(analysis_, node(first)) : things(group.kind(), wholes);
  if (mapping(first).permissions.none() && parts.empty()) row.tone = Tone::dim;
  const bool container = !parts.empty() && !parts.only_rounding();
  if (!container) {
    row.counter = counter_label(group.kind());
    const Source source = analysis_.map.claim(node(first)).source();
    row.how = wholes == 1 ? how_we_know(source) : how_we_know_all(source.path);
  }
  if (parts.only_rounding()) row.what += " + rounding";
  row.note = container;
  const std::string around = row.permissions;
  rows_.push_back(std::move(row));
  if (!container) return;
  if (group.kind() == Kind::heap_arena)
    add_arena_parts(group, depth + 1);
  else
    parts.append_rows(rows_, depth + 1, group.kind() == Kind::elf_image, around);
}

void Folder::add(const Group& group, unsigned depth) {
  if (group.kind() == Kind::unknown) return add_unknown(group, depth);
  if (group.joins() == Joins::kernel) return add_kernel_pieces(group);
  if (group.joins() == Joins::reserved) return add_reserved(group, depth);
  add_thing(group, depth);
}

// Many small things in one mapping: the sums by kind, and each unknown piece.
void Folder::add_by_kind(std::span<const Group> groups) {
  const std::string around = short_permissions(mapping(groups.front().segments.front()));
  Parts things_here(analysis_);
  std::map<Kind, Parts> inside;
  for (const Group& group : groups) {
    if (group.kind() == Kind::unknown) {
      add_unknown(group, 1);
      continue;
    }
    for (const Segment& segment : group.segments) {
      const unsigned depth = node(segment).depth;
      things_here.add(segment.node, segment.node + 1, depth);
      inside.try_emplace(segment.kind, analysis_).first->second.add(segment.node + 1, segment.end, depth + 1);
    }
  }
  for (const Kind kind : things_here.kinds(false)) {
    rows_.push_back(things_here.row(kind, 1));
    rows_.back().permissions.clear();
    if (const auto parts = inside.find(kind); parts != inside.end())
      parts->second.append_rows(rows_, 2, kind == Kind::elf_image, around);
  }
}

void Folder::add_merged(std::span<const Group> groups) {
  const Mapping& whole = mapping(groups.front().segments.front());
  ViewRow row;
  row.range = whole.range;
  row.size = whole.range.size();
  row.resident = whole.resident;
  row.permissions = short_permissions(whole);
  row.what = fmt::format("one mapping, {} things side by side{}", groups.size(), mapping_label(whole));
  row.note = true;
  rows_.push_back(std::move(row));
  if (groups.size() > kListed) return add_by_kind(groups);
  for (const Group& group : groups) add(group, 1);
}

std::vector<ViewRow> Folder::run() {
  const std::vector<Group> groups = group_segments(analysis_);
  for (std::size_t i = 0; i < groups.size();) {
    const std::uint32_t m = groups[i].first_mapping();
    const AddressRange whole = analysis_.target.mappings[m].range;
    std::size_t end = i;
    while (end < groups.size() && groups[end].within(m)) ++end;
    const bool merged =
        end > i + 1 && groups[i].range().begin == whole.begin && groups[end - 1].range().end == whole.end;
    if (merged) {
      add_merged(std::span(groups).subspan(i, end - i));
      i = end;
    } else {
      add(groups[i++], 0);
    }
  }
  return std::move(rows_);
}

}  // namespace

std::vector<ViewRow> fold(const Analysis& analysis, const UnitFormat& units) { return Folder(analysis, units).run(); }

}  // namespace memmap
