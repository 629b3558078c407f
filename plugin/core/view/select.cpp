#include "view/select.h"

#include <algorithm>

namespace memmap {
namespace {

// Largest first for sizes; ties stay in address order.
void sort_nodes(const Analysis& analysis, Sort sort, std::vector<std::uint32_t>& nodes) {
  const std::span<const Node> all = analysis.map.nodes();
  const auto by = [&](auto&& before) {
    std::stable_sort(nodes.begin(), nodes.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return before(all[a], all[b]); });
  };
  switch (sort) {
    case Sort::address:
      return;
    case Sort::size:
      return by([](const Node& a, const Node& b) { return a.range.size() > b.range.size(); });
    case Sort::resident:
      return by(
          [&](const Node& a, const Node& b) { return resident_bytes(analysis, a) > resident_bytes(analysis, b); });
    case Sort::kind:
      return by([&](const Node& a, const Node& b) { return analysis.map.claim(a).kind < analysis.map.claim(b).kind; });
  }
}

}  // namespace

bool wanted(const Analysis& analysis, const Filter& filter, const Node& node) {
  return node.range.size() >= filter.min_size && filter.wants(analysis.map.claim(node).kind) &&
         (!filter.range || node.range.overlaps(*filter.range));
}

Selection select_nodes(const Analysis& analysis, const Filter& filter, const Order& order) {
  Selection selection;
  if (!filter.narrows() && !order.sort && !order.rows) return selection;
  selection.everything = false;
  const std::span<const Node> all = analysis.map.nodes();
  const auto omit = [&](const Node& node) {
    ++selection.omitted.rows;
    selection.omitted.self += node.self_bytes;
  };
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (wanted(analysis, filter, all[i]))
      selection.nodes.push_back(i);
    else
      omit(all[i]);
  }
  if (order.sort) sort_nodes(analysis, *order.sort, selection.nodes);
  while (order.rows && selection.nodes.size() > *order.rows) {
    omit(all[selection.nodes.back()]);
    selection.nodes.pop_back();
  }
  return selection;
}

std::optional<std::uint64_t> resident_bytes(const Analysis& analysis, const Node& node) {
  if (const std::optional<std::uint64_t> known = analysis.map.resident(node)) return known;
  const Mapping& mapping = analysis.target.mappings[node.mapping];
  return node.range == mapping.range ? mapping.resident : std::nullopt;
}

std::optional<std::uint64_t> own_resident_bytes(const Analysis& analysis, std::uint32_t index) {
  const std::span<const Node> nodes = analysis.map.nodes();
  const Node& node = nodes[index];
  if (node.self_bytes == 0) return 0;
  std::optional<std::uint64_t> own = resident_bytes(analysis, node);
  for (std::uint32_t i = index + 1; own && i < index + node.skip; i += nodes[i].skip) {
    const std::optional<std::uint64_t> child = resident_bytes(analysis, nodes[i]);
    own = child && *child <= *own ? std::optional(*own - *child) : std::nullopt;
  }
  return own;
}

}  // namespace memmap
