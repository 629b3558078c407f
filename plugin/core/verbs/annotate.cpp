// annotate: every mapping, and inside it every piece. Programs get one row for each node;
// people get the folded screen of fold.h.
#include <fmt/format.h>

#include "verbs/node_rows.h"
#include "verbs/verbs.h"
#include "view/births.h"
#include "view/fold.h"
#include "view/legend.h"
#include "view/select.h"

namespace memmap {
namespace {

using Births = std::shared_ptr<const BirthView>;

void each_node(const Analysis& analysis, const Selection& selection, auto&& row) {
  const std::span<const Node> nodes = analysis.map.nodes();
  if (selection.everything) {
    for (const Node& node : nodes)
      if (!row(node)) return;
    return;
  }
  for (const std::uint32_t index : selection.nodes)
    if (!row(nodes[index])) return;
}

// One line per node, for --all and wherever a filter chose the nodes.
Table plain_screen(const Analysis& analysis, std::shared_ptr<const Selection> selection, bool tree,
                   const Births& births) {
  Table table;
  table.columns = screen_columns();
  table.rows = [&analysis, selection, tree, births](RowSink& sink) {
    BirthNotes notes(births.get(), sink);
    each_node(analysis, *selection, [&](const Node& node) {
      const ViewRow row = view_of(analysis, node, tree ? node.depth : 0U);
      return emit(row, sink) && notes.emit(row);
    });
  };
  return table;
}

Table folded_screen(std::shared_ptr<const std::vector<ViewRow>> rows, const Births& births) {
  Table table;
  table.columns = screen_columns();
  table.rows = [rows, births](RowSink& sink) {
    BirthNotes notes(births.get(), sink);
    for (const ViewRow& row : *rows)
      if (!emit(row, sink) || !notes.emit(row)) return;
  };
  return table;
}

// --rows on the folded screen: the rest becomes one line, with the bytes of its outermost rows.
void keep_first(std::vector<ViewRow>& rows, std::uint64_t count) {
  if (rows.size() <= count) return;
  std::uint64_t bytes = 0;
  std::uint64_t dropped = 0;
  std::optional<std::uint64_t> resident = 0;
  for (std::size_t i = count; i < rows.size(); ++i, ++dropped) {
    if (rows[i].depth != 0) continue;
    bytes += rows[i].size;
    resident = resident && rows[i].resident ? std::optional(*resident + *rows[i].resident) : std::nullopt;
  }
  rows.resize(count);
  ViewRow rest;
  rest.resident = resident;
  rest.label = fmt::format("… {}", counted(dropped, "more row"));
  rest.size = bytes;
  rest.tone = Tone::dim;
  rows.push_back(rest);
}

void say_omitted(Report& report, const Omitted& omitted) {
  if (omitted.rows == 0) return;
  report.say(fmt::format("… {}, {}", counted(omitted.rows, "more row"), human(omitted.self, report.units)), Tone::dim);
}

// Null where nobody asked for them.
Births births_of(const Question& question, Report& report) {
  if (!question.command.births || question.traces.empty()) return nullptr;
  auto births = std::make_shared<const BirthView>(*question.traces.all);
  Findings findings = question.traces.findings;
  births->compare(*question.analysis, findings);
  // They are about births; the map is none the less complete.
  report.findings.insert(report.findings.end(), findings.entries().begin(), findings.entries().end());
  return births;
}

}  // namespace

Report run_annotate(const Question& question) {
  const Analysis& analysis = *question.analysis;
  const Command& command = question.command;
  Report report = begin_report("annotate", question);
  const auto selection = std::make_shared<const Selection>(select_nodes(analysis, command.filter, command.order));
  if (!selection->everything) report.omitted = selection->omitted;
  const Births births = births_of(question, report);
  report.tables.push_back(node_table(
      analysis, [&analysis, selection](const auto& row) { each_node(analysis, *selection, row); }, births));
  if (births != nullptr) report.tables.push_back(births->gone_table());
  if (command.output.format != "text") return report;

  report.say(title(analysis), Tone::strong);
  report.say("");
  const bool chosen = command.filter.narrows() || command.order.sort;
  if (chosen || command.all) {
    report.show(plain_screen(analysis, selection, !command.order.sort, births));
    say_omitted(report, selection->omitted);
  } else {
    std::vector<ViewRow> rows = fold(analysis, report.units);
    if (command.order.rows) keep_first(rows, *command.order.rows);
    report.show(folded_screen(std::make_shared<const std::vector<ViewRow>>(std::move(rows)), births));
  }
  if (births != nullptr) births->show_gone(report);
  add_legend(analysis, report);
  return report;
}

}  // namespace memmap
