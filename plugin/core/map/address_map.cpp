// Stage "resolve": the only place where overlaps are settled. One sweep over all levels at
// once, in address order, writes the nodes in pre-order: nothing is sorted twice, and the only
// memory is the result.
#include "map/address_map.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <utility>

#include "base/large.h"
#include "map/level_sweep.h"

namespace memmap {

class MapBuilder {
 public:
  MapBuilder(AddressMap& map, LevelOrder order, std::span<const PageRun> pages)
      : map_(map),
        resident_below_(pages),
        sweeps_{LevelSweep{map.claims_, std::move(order[1]), notes_},
                LevelSweep{map.claims_, std::move(order[2]), notes_},
                LevelSweep{map.claims_, std::move(order[3]), notes_}} {}

  void build(std::span<const Mapping> mappings);
  void report(Findings& findings) const;

 private:
  // A node whose children are still coming.
  struct Open {
    std::uint32_t node = 0;
    Level level = Level::mapping;
    Kind kind = Kind::mapping;
    Address reached;            // end of the last child
    std::uint64_t covered = 0;  // bytes of children
  };

  void add_mapping(const Mapping& mapping, std::uint32_t index);
  template <int kLevel>
  void fill(AddressRange range, Open& parent);
  Open open_child(Open& parent, AddressRange range, std::uint32_t claim);
  void fill_gap(Open& parent, Address end);
  void close(Open& node);
  Open add_node(AddressRange range, std::uint32_t claim, const Claim& says, std::uint8_t depth);
  std::uint32_t own_claim(const Claim& claim);

  AddressMap& map_;
  // Nodes are opened and closed in address order, so that one pass over the runs does for all.
  ResidentBelow resident_below_;
  bool some_pages_known_ = false;
  bool pages_known_ = false;  // of the mapping being filled
  SweepNotes notes_;
  std::array<LevelSweep, 3> sweeps_;  // region, block, slot
  std::uint32_t mapping_ = 0;         // the one being filled
  std::uint32_t leftovers_ = 0;
};

void MapBuilder::build(std::span<const Mapping> mappings) {
  // Seldom exceeded; what is not used is never touched, so it costs address space only.
  reserve_large(map_.nodes_, mappings.size() + map_.claims_.size() + map_.claims_.size() / 4);
  map_.mapping_resident_.reserve(mappings.size());
  some_pages_known_ = std::ranges::any_of(mappings, &Mapping::pages_known);
  if (some_pages_known_) reserve_large(map_.resident_, map_.nodes_.capacity());
  for (std::uint32_t i = 0; i < mappings.size(); ++i) add_mapping(mappings[i], i);
  for (LevelSweep& sweep : sweeps_)
    while (!sweep.done()) sweep.next();  // claimed behind the last mapping
}

void MapBuilder::add_mapping(const Mapping& mapping, std::uint32_t index) {
  mapping_ = index;
  pages_known_ = mapping.pages_known;
  map_.mapping_resident_.push_back(mapping.resident);
  const Claim claim{mapping.range, index, Path::mapping, Kind::mapping, Level::mapping, Confidence::exact};
  Open node = add_node(mapping.range, own_claim(claim), claim, 0);
  if (!mapping.range.empty()) fill<1>(mapping.range, node);
  close(node);
}

// Puts the pieces of this level and of all below it that lie in `range` under `parent`.
template <int kLevel>
void MapBuilder::fill(AddressRange range, Open& parent) {
  if constexpr (kLevel <= static_cast<int>(Level::slot)) {
    LevelSweep& sweep = sweeps_[kLevel - 1];
    while (sweep.piece().range.end <= range.begin) sweep.next();
    Address at = range.begin;
    while (sweep.piece().range.begin < range.end) {
      const AddressRange part{std::max(sweep.piece().range.begin, range.begin),
                              std::min(sweep.piece().range.end, range.end)};
      if (at < part.begin) fill<kLevel + 1>({at, part.begin}, parent);
      sweep.mapped(part);
      Open child = open_child(parent, part, sweep.piece().claim);
      fill<kLevel + 1>(part, child);
      close(child);
      at = part.end;
      if (sweep.piece().range.end > range.end) return;  // it goes on behind `range`
      sweep.next();
    }
    if (at < range.end) fill<kLevel + 1>({at, range.end}, parent);
  }
}

inline MapBuilder::Open MapBuilder::open_child(Open& parent, AddressRange range, std::uint32_t claim) {
  if (parent.reached < range.begin) fill_gap(parent, range.begin);
  parent.reached = range.end;
  parent.covered += range.size();
  const auto depth = static_cast<std::uint8_t>(map_.nodes_[parent.node].depth + 1);
  return add_node(range, claim, map_.claims_[claim], depth);
}

// What the parts of a container leave between them is a part too, never the container's own.
void MapBuilder::fill_gap(Open& parent, Address end) {
  const std::optional<Kind> kind = info(parent.kind).leftover;
  if (!kind) return;
  const AddressRange gap{parent.reached, end};
  const Level below =
      parent.level == Level::slot ? Level::slot : static_cast<Level>(static_cast<int>(parent.level) + 1);
  const Claim claim{gap, leftovers_++, Path::leftover, *kind, below, Confidence::derived};
  const auto depth = static_cast<std::uint8_t>(map_.nodes_[parent.node].depth + 1);
  Open leftover = add_node(gap, own_claim(claim), claim, depth);
  close(leftover);
  parent.covered += gap.size();
}

inline MapBuilder::Open MapBuilder::add_node(AddressRange range, std::uint32_t claim, const Claim& says,
                                             std::uint8_t depth) {
  const auto index = static_cast<std::uint32_t>(map_.nodes_.size());
  assert(map_.nodes_.size() < std::numeric_limits<std::uint32_t>::max());
  if (depth == 0) map_.mappings_.push_back(index);
  if (depth == 1) map_.regions_.push_back(index);
  map_.nodes_.push_back({range, 0, claim, 1, mapping_, depth});
  if (some_pages_known_) map_.resident_.push_back(pages_known_ ? resident_below_(range.begin) : AddressMap::kUnknown);
  return {index, says.level, says.kind, range.begin, 0};
}

inline void MapBuilder::close(Open& open) {
  Node& node = map_.nodes_[open.node];
  if (open.reached < node.range.end) fill_gap(open, node.range.end);
  Node& closed = map_.nodes_[open.node];  // fill_gap may have moved it
  closed.self_bytes = closed.range.size() - open.covered;
  closed.skip = static_cast<std::uint32_t>(map_.nodes_.size()) - open.node;
  map_.self_[static_cast<std::size_t>(map_.claim(closed).kind)] += closed.self_bytes;
  if (pages_known_) map_.resident_[open.node] = resident_below_(closed.range.end) - map_.resident_[open.node];
}

std::uint32_t MapBuilder::own_claim(const Claim& claim) {
  map_.own_claims_.push_back(claim);
  return static_cast<std::uint32_t>(map_.claims_.size() + map_.own_claims_.size() - 1);
}

void MapBuilder::report(Findings& findings) const {
  const auto say = [&findings](const Occurrences& found, const Fault& fault) {
    for (std::uint64_t i = 0; i < found.count; ++i)
      findings.add(Severity::note, i == 0 ? fault : Fault{fault.code, fault.what});
  };
  say(notes_.cut, {FaultCode::implausible, "overlapping claims", notes_.cut.first});
  say(notes_.unmapped, {FaultCode::not_found, "mapping of claimed memory", notes_.unmapped.first});
}

AddressMap AddressMap::resolve(std::span<const Mapping> mappings, std::vector<Claim> claims, Findings& findings,
                               std::span<const PageRun> pages) {
  AddressMap map;
  map.claims_ = std::move(claims);
  MapBuilder builder(map, order_by_begin(map.claims_), pages);
  builder.build(mappings);
  builder.report(findings);
  return map;
}

std::optional<std::uint64_t> AddressMap::resident(const Node& node) const {
  const auto index = static_cast<std::size_t>(&node - nodes_.data());
  if (index < resident_.size() && resident_[index] != kUnknown) return resident_[index];
  const std::optional<std::uint64_t> whole = mapping_resident_[node.mapping];
  if (node.depth == 0 || !whole) return whole;
  if (*whole == 0) return 0;
  if (*whole >= nodes_[mappings_[node.mapping]].range.size()) return node.range.size();
  return std::nullopt;
}

std::vector<const Node*> AddressMap::path_to(Address a) const {
  const auto starts_after = [this, a](std::uint32_t node) { return a < nodes_[node].range.begin; };
  // The last of `sorted` that starts at or before `a` and holds it.
  const auto find = [&](const std::vector<std::uint32_t>& sorted) -> const Node* {
    const auto after = std::ranges::partition_point(sorted, std::not_fn(starts_after));
    if (after == sorted.begin()) return nullptr;
    const Node& node = nodes_[*std::prev(after)];
    return node.range.contains(a) ? &node : nullptr;
  };

  std::vector<const Node*> path;
  for (const auto* sorted : {&mappings_, &regions_}) {
    const Node* node = find(*sorted);
    if (node == nullptr) return path;
    path.push_back(node);
  }
  for (;;) {
    const Node* parent = path.back();
    // Pre-order is address order too: the last descendant at or before `a`, or what holds it.
    const Node* node =
        std::partition_point(parent + 1, parent + parent->skip, [a](const Node& n) { return n.range.begin <= a; });
    do --node;
    while (node->depth > parent->depth + 1);
    if (node == parent || !node->range.contains(a)) return path;
    path.push_back(node);
  }
}

std::uint64_t AddressMap::mapped_bytes() const {
  std::uint64_t sum = 0;
  for (const std::uint32_t mapping : mappings_) sum += nodes_[mapping].range.size();
  return sum;
}

std::uint64_t AddressMap::mapped_bytes(AddressRange range) const {
  const auto end_of = [this](std::uint32_t mapping) { return nodes_[mapping].range.end; };
  std::uint64_t sum = 0;
  for (auto at = std::ranges::upper_bound(mappings_, range.begin, {}, end_of);
       at != mappings_.end() && nodes_[*at].range.begin < range.end; ++at)
    sum += nodes_[*at].range.intersect(range).size();
  return sum;
}

}  // namespace memmap
