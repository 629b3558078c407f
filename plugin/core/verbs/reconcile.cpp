// reconcile: the runtime's counters against what was found, and the process totals as
// equations, each with its remainder. Nothing is rounded away.
#include "verbs/reconcile.h"

#include <fmt/format.h>

#include "verbs/verbs.h"

namespace memmap {
namespace {

std::vector<TermCell> cells_of(const std::vector<Term>& terms, bool with_place) {
  std::vector<TermCell> cells;
  for (const Term& term : terms)
    cells.push_back({term.name, signed_bytes(term), with_place ? std::optional<bool>(term.placed) : std::nullopt});
  return cells;
}

Cell bytes_or_null(std::optional<std::uint64_t> bytes) { return bytes ? Cell(Bytes{*bytes}) : Cell(std::monostate()); }

Cell residual_or_null(std::optional<std::int64_t> residual) {
  return residual ? Cell(SignedBytes{*residual}) : Cell(std::monostate());
}

Table memstats_table(const Ledger& ledger) {
  Table table;
  table.name = "memstats";
  table.columns = {{"field"}, {"counter", true}, {"found", true}, {"residual", true}, {"terms"}, {"reason"}};
  table.rows = [&ledger](RowSink& sink) {
    for (const MemStatsLine& line : ledger.memstats) {
      const std::vector<TermCell> terms = cells_of(line.terms, true);
      const Cell counter = line.fraction ? Cell(*line.fraction) : bytes_or_null(line.counter);
      const Cell cells[] = {line.field,
                            counter,
                            bytes_or_null(line.found),
                            residual_or_null(residual(line)),
                            std::span<const TermCell>(terms),
                            line.reason.empty() ? Cell(std::monostate()) : Cell(std::string_view(line.reason))};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

Table classes_table(const Ledger& ledger) {
  Table table;
  table.name = "classes";
  table.columns = {{"name"}, {"counter", true}, {"found", true}, {"residual", true}};
  table.rows = [&ledger](RowSink& sink) {
    for (const ClassLine& line : ledger.classes) {
      const Cell cells[] = {line.name, bytes_or_null(line.counter), bytes_or_null(line.found),
                            residual_or_null(residual(line))};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

Table equations_table(const Ledger& ledger) {
  Table table;
  table.name = "equations";
  table.columns = {{"name"}, {"total", true}, {"terms"}, {"residual", true}};
  table.rows = [&ledger](RowSink& sink) {
    for (const Equation& equation : ledger.equations) {
      const std::vector<TermCell> terms = cells_of(equation.terms, false);
      const Cell cells[] = {equation.name, bytes_or_null(equation.total), std::span<const TermCell>(terms),
                            residual_or_null(residual(equation))};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

bool any_remainder(const Ledger& ledger) {
  const auto open = [](const auto& lines) {
    for (const auto& line : lines)
      if (residual(line).value_or(0) != 0) return true;
    return false;
  };
  return open(ledger.memstats) || open(ledger.classes) || open(ledger.equations);
}

}  // namespace

std::int64_t signed_bytes(const Term& term) {
  const auto bytes = static_cast<std::int64_t>(term.bytes);
  return term.subtracted ? -bytes : bytes;
}

Report run_reconcile(const Question& question) {
  const Analysis& analysis = *question.analysis;
  Report report = begin_report("reconcile", question);
  report.tables = {memstats_table(analysis.ledger), classes_table(analysis.ledger), equations_table(analysis.ledger)};
  report.failed = question.command.assert_zero && any_remainder(analysis.ledger);
  add_reconcile_screen(analysis, question.command.verbose, report);
  return report;
}

}  // namespace memmap
