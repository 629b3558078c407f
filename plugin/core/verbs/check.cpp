// check: what must hold in any healthy process and in any correct map, and every finding.
#include <fmt/format.h>

#include "verbs/verbs.h"

namespace memmap {
namespace {

struct Invariant {
  std::string name;
  std::string meaning;
  std::uint64_t tried = 0;
  std::uint64_t held = 0;
  Address first_failure;
  bool holds() const { return tried == held; }
};

// Σ self over all nodes of each mapping is the mapping: every byte once.
Invariant every_byte_once(const Analysis& analysis) {
  Invariant sum{"every_byte_once", "the pieces of each mapping add up to the mapping", 0, 0, {}};
  const std::span<const Node> nodes = analysis.map.nodes();
  for (std::size_t m = 0; m < nodes.size(); m += nodes[m].skip) {
    std::uint64_t self = 0;
    for (std::size_t i = m; i < m + nodes[m].skip; ++i) self += nodes[i].self_bytes;
    ++sum.tried;
    if (self == nodes[m].range.size())
      ++sum.held;
    else if (sum.first_failure.is_null())
      sum.first_failure = nodes[m].range.begin;
  }
  return sum;
}

Invariant mappings_kept(const Analysis& analysis) {
  Invariant all{"mappings_kept", "each mapping of the target is in the map, whole", 0, 0, {}};
  std::size_t at = 0;
  const std::span<const Node> nodes = analysis.map.nodes();
  for (const Mapping& mapping : analysis.target.mappings) {
    ++all.tried;
    const bool kept = at < nodes.size() && nodes[at].range == mapping.range;
    if (kept) at += nodes[at].skip;
    if (kept)
      ++all.held;
    else if (all.first_failure.is_null())
      all.first_failure = mapping.range.begin;
  }
  return all;
}

std::vector<Invariant> invariants_of(const Analysis& analysis) {
  std::vector<Invariant> all = {mappings_kept(analysis), every_byte_once(analysis)};
  for (const Probe& probe : analysis.model.runtime.probes)
    all.push_back({std::string(probe.name), std::string(probe.meaning), probe.tried, probe.held, probe.first_failure});
  return all;
}

Cell address_or_null(Address a) { return a.is_null() ? Cell(std::monostate()) : Cell(a); }

Table program_table(std::shared_ptr<const std::vector<Invariant>> all) {
  Table table;
  table.columns = {{"name"}, {"holds"}, {"tried", true}, {"held", true}, {"first_failure"}, {"meaning"}};
  table.rows = [all](RowSink& sink) {
    for (const Invariant& one : *all) {
      const Cell cells[] = {
          std::string_view(one.name),   one.holds(), one.tried, one.held, address_or_null(one.first_failure),
          std::string_view(one.meaning)};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

Table screen_table(std::shared_ptr<const std::vector<Invariant>> all) {
  Table table;
  table.columns = {{""}, {"CHECK"}, {"HELD"}, {"FIRST FAILURE"}, {"MEANING", false, true}};
  table.rows = [all](RowSink& sink) {
    for (const Invariant& one : *all) {
      const std::string held = fmt::format("{} of {}", grouped(one.held), grouped(one.tried));
      const Cell cells[] = {std::string_view(one.holds() ? "✓" : "✗"), std::string_view(one.name),
                            std::string_view(held), address_or_null(one.first_failure), std::string_view(one.meaning)};
      if (!sink.row(cells, 0, one.holds() ? Tone::plain : Tone::warn)) return;
    }
  };
  return table;
}

}  // namespace

Report run_check(const Question& question) {
  const Analysis& analysis = *question.analysis;
  Report report = begin_report("check", question, true);
  const auto all = std::make_shared<const std::vector<Invariant>>(invariants_of(analysis));
  std::size_t failed = 0;
  for (const Invariant& one : *all) failed += one.holds() ? 0 : 1;
  report.failed = failed != 0;

  report.tables.push_back(program_table(all));
  report.say(title(analysis), Tone::strong);
  report.say("");
  report.show(screen_table(all));
  report.say("");
  if (failed == 0)
    report.say(fmt::format("all {} checks hold", all->size()), Tone::good);
  else
    report.say(fmt::format("{} of {} checks do not hold", failed, all->size()), Tone::warn);
  return report;
}

}  // namespace memmap
