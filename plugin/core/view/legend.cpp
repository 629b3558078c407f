#include "view/legend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "view/families.h"

namespace memmap {
namespace {

constexpr std::size_t kNamed = 4;  // of each list; the rest is counted

struct LegendSums {
  std::array<std::uint64_t, static_cast<std::size_t>(Kind::count_)> reserved{};  // of PROT_NONE
  std::uint64_t mapped = 0;
  std::uint64_t all_reserved = 0;
  std::uint64_t resident = 0;
  bool resident_known = true;
  std::vector<std::uint32_t> unknown;  // nodes, the largest first
};

void add_mapping(const Analysis& analysis, std::uint32_t first, LegendSums& sums) {
  const Node& whole = analysis.map.nodes()[first];
  const Mapping& mapping = analysis.target.mappings[whole.mapping];
  sums.mapped += whole.range.size();
  sums.resident += mapping.resident.value_or(0);
  sums.resident_known = sums.resident_known && mapping.resident;
  const bool reserved = mapping.permissions.none();
  if (!reserved && analysis.map.self_bytes(Kind::unknown) == 0) return;  // nothing of interest
  for (std::uint32_t i = first; i < first + whole.skip; ++i) {
    const Node& node = analysis.map.nodes()[i];
    const Kind kind = analysis.map.claim(node).kind;
    if (kind == Kind::unknown && node.self_bytes != 0) sums.unknown.push_back(i);
    if (!reserved) continue;
    sums.reserved[static_cast<std::size_t>(kind)] += node.self_bytes;
    sums.all_reserved += node.self_bytes;
  }
}

LegendSums sum_up(const Analysis& analysis) {
  LegendSums sums;
  const std::span<const Node> nodes = analysis.map.nodes();
  for (std::uint32_t m = 0; m < nodes.size(); m += nodes[m].skip) add_mapping(analysis, m, sums);
  std::stable_sort(sums.unknown.begin(), sums.unknown.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return nodes[a].self_bytes > nodes[b].self_bytes; });
  return sums;
}

// "page summary 585.00 MiB, arena reserve 28.00 MiB, others 4.00 KiB"
std::string largest(const UnitFormat& units, auto&& size) {
  std::vector<Kind> kinds;
  for (const KindInfo& kind : kKinds)
    if (size(kind.kind) != 0) kinds.push_back(kind.kind);
  std::stable_sort(kinds.begin(), kinds.end(), [&](Kind a, Kind b) { return size(a) > size(b); });
  std::string text;
  std::uint64_t rest = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i >= kNamed) {
      rest += size(kinds[i]);
      continue;
    }
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", info(kinds[i]).shown, human(size(kinds[i]), units));
  }
  if (rest != 0) text += fmt::format(", others {}", human(rest, units));
  return text;
}

std::string unknown_places(const Analysis& analysis, const LegendSums& sums, const UnitFormat& units) {
  std::string text;
  for (std::size_t i = 0; i < sums.unknown.size() && i < kNamed; ++i) {
    const Node& node = analysis.map.nodes()[sums.unknown[i]];
    text += fmt::format("{}{} in {:x}-{:x}", i == 0 ? "" : ", ", human(node.self_bytes, units),
                        node.range.begin.value(), node.range.end.value());
  }
  if (sums.unknown.size() > kNamed) text += fmt::format(", and {} more", grouped(sums.unknown.size() - kNamed));
  return text;
}

}  // namespace

void add_legend(const Analysis& analysis, Report& report) {
  const LegendSums sums = sum_up(analysis);
  const auto say = [&](std::string text, Tone tone) { report.say(std::move(text), tone); };
  say("", Tone::plain);
  if (sums.all_reserved != 0)
    say(fmt::format("  reserved {} of it, costs no memory: {}", percent(sums.all_reserved, sums.mapped),
                    largest(report.units, [&](Kind kind) { return sums.reserved[static_cast<std::size_t>(kind)]; })),
        Tone::dim);
  const std::string uncounted =
      largest(report.units, [&](Kind kind) { return is_uncounted(kind) ? analysis.map.self_bytes(kind) : 0; });
  if (!uncounted.empty()) say(fmt::format("  in no counter: {}", uncounted), Tone::plain);
  const std::uint64_t unknown = analysis.map.self_bytes(Kind::unknown);
  if (unknown != 0) say(fmt::format("  unknown: {}", unknown_places(analysis, sums, report.units)), Tone::warn);

  std::string total = fmt::format("{} KiB mapped, every byte once. ", kib(sums.mapped));
  if (sums.resident_known) total += fmt::format("{} KiB resident. ", kib(sums.resident));
  total += unknown == 0 ? std::string("unknown 0.") : fmt::format("unknown {} KiB.", kib(unknown));
  if (!report.complete) total = "TOTAL (partial) " + total;
  say(std::move(total), unknown == 0 ? Tone::good : Tone::warn);
}

}  // namespace memmap
