// trace: what was caught, added up; and each event for programs.
#include <fmt/format.h>

#include "trace/rows.h"
#include "trace/sums.h"
#include "verbs/export/exports.h"

namespace memmap {
namespace {

using trace::SumBy;

constexpr std::size_t kSites = 12;  // shown where nobody chose --by

Cell bytes_or_nothing(std::uint64_t bytes) { return bytes == 0 ? Cell(Hidden()) : Cell(Bytes{bytes}); }

std::string_view heading(SumBy by) {
  switch (by) {
    case SumBy::operation:
      return "OPERATION";
    case SumBy::counter:
      return "COUNTER";
    case SumBy::site:
      return "CALL SITE";
    case SumBy::kind:
      return "KIND";
    case SumBy::time:
      return "SECONDS";
  }
  return {};
}

using TraceSums = std::shared_ptr<const std::vector<trace::Sum>>;

Table sum_screen(const TraceSums& sums, SumBy by, std::size_t most) {
  Table table;
  table.columns = {{.name = heading(by), .elastic = true},
                   {"EVENTS", true},
                   {"RESERVED", true},
                   {"TAKEN", true},
                   {"GIVEN BACK", true},
                   {"LIVE", true}};
  table.rows = [sums, most](RowSink& sink) {
    for (std::size_t i = 0; i < sums->size() && i < most; ++i) {
      const trace::Sum& sum = (*sums)[i];
      const Cell cells[] = {std::string_view(sum.label),      sum.count,
                            bytes_or_nothing(sum.reserved),   bytes_or_nothing(sum.taken),
                            bytes_or_nothing(sum.given_back), bytes_or_nothing(sum.live)};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

Table sum_table(const TraceSums& sums, std::string_view by) {
  Table table;
  table.columns = {{by}, {"count", true}, {"reserved", true}, {"taken", true}, {"given_back", true}, {"live", true}};
  table.rows = [sums](RowSink& sink) {
    for (const trace::Sum& sum : *sums) {
      const Cell cells[] = {std::string_view(sum.label), sum.count,      Bytes{sum.reserved}, Bytes{sum.taken},
                            Bytes{sum.given_back},       Bytes{sum.live}};
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

TraceSums sums_of(const Question& question, SumBy by) {
  return std::make_shared<const std::vector<trace::Sum>>(
      trace::sums(*question.traces.last, question.command.trace.what, by));
}

void show_sums(Report& report, const Question& question, SumBy by, std::size_t most) {
  const TraceSums sums = sums_of(question, by);
  if (sums->empty()) return;
  report.say("");
  report.show(sum_screen(sums, by, most));
  if (sums->size() > most) report.say(fmt::format("… {}", counted(sums->size() - most, "more row")), Tone::dim);
}

void add_findings(Report& report, const Question& question) {
  if (question.traced == nullptr) return;
  for (const Findings::Entry& finding : question.traced->entries()) report.findings.push_back(finding);
  report.complete &= !question.traced->partial();
}

}  // namespace

Report run_trace(const Question& question) {
  Report report = begin_report("trace", question);
  const TraceOptions& options = question.command.trace;
  if (const ExportFunction write = trace_document(question.command.output.format)) {
    report.document = [question, write](Writer& writer) { write(question, writer); };
    return report;
  }
  if (options.by)
    report.tables.push_back(sum_table(sums_of(question, *options.by), options.by_word));
  else
    report.tables.push_back(trace::event_table(*question.traces.last, options.what));
  const std::string events = counted(question.traces.last->count(options.what), "event");
  report.say(question.ended.empty() ? events : fmt::format("{}. {}", question.ended, events), Tone::strong);
  add_findings(report, question);
  if (question.command.output.format != "text") return report;
  if (options.by) {
    show_sums(report, question, *options.by, ~std::size_t{0});
  } else {
    show_sums(report, question, SumBy::operation, ~std::size_t{0});
    show_sums(report, question, SumBy::counter, ~std::size_t{0});
    show_sums(report, question, SumBy::site, kSites);
  }
  return report;
}

}  // namespace memmap
