#include "view/sums.h"

#include <algorithm>
#include <map>

#include "view/select.h"

namespace memmap {
namespace {

class Adder {
 public:
  Adder(const Analysis& analysis, const Filter& filter, std::span<const Dimension> dimensions)
      : analysis_(analysis), filter_(filter), dimensions_(dimensions) {
    std::uint32_t claims = 0;
    for (const Node& node : analysis.map.nodes()) claims = std::max(claims, node.claim + 1);
    seen_in_.assign(claims, kNowhere);
    bytes_of_.assign(claims, 0);
  }

  Sums run() {
    const std::span<const Node> nodes = analysis_.map.nodes();
    for (std::uint32_t i = 0; i < nodes.size(); ++i) add(i, nodes[i]);
    return std::move(sums_);
  }

 private:
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  SumRow& row_for(Kind kind, const Mapping& mapping);
  void add(std::uint32_t index, const Node& node);

  const Analysis& analysis_;
  const Filter& filter_;
  std::span<const Dimension> dimensions_;
  Sums sums_;
  std::map<std::uint64_t, std::size_t> row_of_;
  std::uint64_t last_key_ = ~std::uint64_t{0};  // neighbours often go to the same row
  std::size_t last_row_ = 0;
  std::vector<std::uint32_t> seen_in_;   // by claim: the mapping of its last piece
  std::vector<std::uint64_t> bytes_of_;  // by claim: its own bytes, in this mapping if that matters
};

SumRow& Adder::row_for(Kind kind, const Mapping& mapping) {
  SumRow fresh;
  std::uint64_t key = 0;
  for (const Dimension dimension : dimensions_) {
    if (dimension == Dimension::kind) {
      fresh.kind = kind;
      key |= static_cast<std::uint64_t>(kind);
    } else if (dimension == Dimension::counter) {
      fresh.counter = info(kind).counter;
      key |= static_cast<std::uint64_t>(info(kind).counter) << 8;
    } else {
      fresh.mapping = &mapping;
      key |= static_cast<std::uint64_t>(&mapping - analysis_.target.mappings.data()) << 16;
    }
  }
  if (fresh.kind) fresh.counter = info(kind).counter;
  if (key == last_key_) return sums_.rows[last_row_];
  const auto [at, first] = row_of_.try_emplace(key, sums_.rows.size());
  if (first) sums_.rows.push_back(fresh);
  last_key_ = key;
  last_row_ = at->second;
  return sums_.rows[last_row_];
}

void Adder::add(std::uint32_t index, const Node& node) {
  const Kind kind = analysis_.map.claim(node).kind;
  if (kind == Kind::mapping) return;  // all of it is in its parts
  if (!wanted(analysis_, filter_, node)) {
    ++sums_.omitted.rows;
    sums_.omitted.self += node.self_bytes;
    return;
  }
  SumRow& row = row_for(kind, analysis_.target.mappings[node.mapping]);
  const bool new_mapping = seen_in_[node.claim] != node.mapping;
  const bool first = row.mapping != nullptr ? new_mapping : seen_in_[node.claim] == kNowhere;
  if (first) bytes_of_[node.claim] = 0;
  seen_in_[node.claim] = node.mapping;
  bytes_of_[node.claim] += node.self_bytes;

  const std::optional<std::uint64_t> resident = own_resident_bytes(analysis_, index);
  for (SumRow* sum : {&row, &sums_.total, kind == Kind::unknown ? &sums_.unknown : nullptr}) {
    if (sum == nullptr) continue;
    sum->bytes += node.self_bytes;
    sum->resident += resident.value_or(0);
    sum->resident_known = sum->resident_known && resident;
    sum->count += first ? 1 : 0;
  }
  row.largest = std::max(row.largest, bytes_of_[node.claim]);
}

}  // namespace

Sums add_up(const Analysis& analysis, const Filter& filter, std::span<const Dimension> dimensions) {
  return Adder(analysis, filter, dimensions).run();
}

}  // namespace memmap
