#include "view/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "view/detail.h"
#include "view/naming.h"
#include "view/select.h"

namespace memmap {

void Parts::add(std::uint32_t first, std::uint32_t last, unsigned depth) {
  const std::span<const Node> nodes = analysis_.map.nodes();
  const std::vector<Mapping>& mappings = analysis_.target.mappings;
  if (first < last && !analysis_.model.spans.empty()) {
    const Span* span = span_of(analysis_.model, nodes[first]);
    if (span != nullptr) next_span_ = static_cast<std::size_t>(span - analysis_.model.spans.data());
  }
  for (std::uint32_t i = first; i < last; ++i) {
    const Node& node = nodes[i];
    const Claim& claim = analysis_.map.claim(node);
    if (node.depth < depth && claim.kind != Kind::page_rounding) continue;
    PartSum& tally = (node.depth > depth ? slots_ : tallies_)[static_cast<std::size_t>(claim.kind)];
    if (tally.size == 0) tally.first_mapping = node.mapping;
    if (node.range.size() > tally.largest) {
      tally.largest = node.range.size();
      tally.source = claim.source();
    }
    if (node.mapping != tally.first_mapping && tally.same_permissions)
      tally.same_permissions =
          short_permissions(mappings[node.mapping]) == short_permissions(mappings[tally.first_mapping]);
    if (tally.last_claim != node.claim) ++tally.wholes;
    tally.last_claim = node.claim;
    tally.size += node.range.size();
    if (tally.resident_known) {
      const std::optional<std::uint64_t> resident = resident_bytes(analysis_, node);
      tally.resident += resident.value_or(0);
      tally.resident_known = resident.has_value();
    }
    if (node.depth > depth) continue;
    if (claim.kind == Kind::heap_span) add_span(node);
    if (claim.path == Path::elf) add_section(node, claim.kind);
  }
}

void Parts::add_span(const Node& node) {
  const std::vector<Span>& spans = analysis_.model.spans;
  while (next_span_ < spans.size() && spans[next_span_].begin < node.range.begin) ++next_span_;
  if (next_span_ == spans.size() || spans[next_span_].begin != node.range.begin) return;
  const unsigned size_class = spans[next_span_].span_class >> 1;
  if (size_class == 0)
    ++large_spans_;
  else
    size_classes_.set(size_class);
}

void Parts::add_section(const Node& node, Kind kind) {
  const std::string name = detail_of(analysis_.model, analysis_.map, node);
  std::string& names = sections_[kind];
  if (name.empty() || names.ends_with("…") || names.ends_with(name)) return;
  if (names.size() + name.size() > kSectionNames)
    names += " …";
  else
    names += (names.empty() ? "" : " ") + name;
}

bool Parts::empty() const {
  return std::all_of(tallies_.begin(), tallies_.end(), [](const PartSum& t) { return t.size == 0; });
}

bool Parts::only_rounding() const {
  return (*this)[Kind::page_rounding].size != 0 && std::all_of(tallies_.begin(), tallies_.end(), [&](const PartSum& t) {
           return t.size == 0 || &t == &(*this)[Kind::page_rounding];
         });
}

std::string Parts::remark(Kind kind) const {
  switch (detail_style(kind)) {
    case Detail::objects: {
      if (size_classes_.none() && large_spans_ == 0) return {};
      if (large_spans_ != 0)
        return fmt::format("{}, {} large", counted(size_classes_.count(), "class", "classes"), grouped(large_spans_));
      return fmt::format("in {}", counted(size_classes_.count(), "size class", "size classes"));
    }
    case Detail::stacks:
      return counted(slots_[static_cast<std::size_t>(Kind::goroutine_stack)].wholes, "goroutine");
    case Detail::section: {
      const auto names = sections_.find(kind);
      return names == sections_.end() ? std::string() : names->second;
    }
    case Detail::in_no_span:
      return "in no span";
    case Detail::given_back:
      return "given back";
    case Detail::goroutine:
    case Detail::level:
    case Detail::none:
      return {};
  }
  return {};
}

std::vector<Kind> Parts::kinds(bool in_file_order) const {
  std::vector<Kind> present;
  for (const KindInfo& kind : kKinds)
    if ((*this)[kind.kind].size != 0) present.push_back(kind.kind);
  std::stable_sort(present.begin(), present.end(), [&](Kind a, Kind b) {
    if (in_file_order) return a != Kind::page_rounding && b == Kind::page_rounding;
    return (*this)[a].size > (*this)[b].size;
  });
  return present;
}

ViewRow Parts::row(Kind kind, unsigned depth) const { return row(kind, (*this)[kind], depth); }

ViewRow Parts::row(Kind kind, const PartSum& tally, unsigned depth) const {
  ViewRow row;
  row.label = part_label(kind, tally.wholes);
  row.size = tally.size;
  row.resident = tally.resident_bytes();
  row.what = remark(kind);
  row.counter = counter_label(kind);
  row.how = tally.wholes == 1 || tally.source.path == Path::elf ? how_we_know(tally.source)
                                                                : how_we_know_all(tally.source.path);
  if (tally.same_permissions) row.permissions = short_permissions(analysis_.target.mappings[tally.first_mapping]);
  row.depth = depth;
  row.tone = kind == Kind::unknown ? Tone::warn : Tone::plain;
  return row;
}

// Stacks of all uses come from the same spans.
void Parts::append_stacks(std::vector<ViewRow>& rows, unsigned depth) const {
  for (const Kind kind : {Kind::goroutine_stack, Kind::system_stack, Kind::signal_stack, Kind::free_stack}) {
    const PartSum& tally = slots_[static_cast<std::size_t>(kind)];
    if (tally.size == 0) continue;
    rows.push_back(row(kind, tally, depth));
    rows.back().permissions.clear();
  }
}

void Parts::append_rows(std::vector<ViewRow>& rows, unsigned depth, bool in_file_order, std::string_view around) const {
  for (const Kind kind : kinds(in_file_order)) {
    rows.push_back(row(kind, depth));
    if (rows.back().permissions == around) rows.back().permissions.clear();
    if (kind == Kind::stack_span) append_stacks(rows, depth + 1);
  }
}

}  // namespace memmap
