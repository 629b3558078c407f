// summary: bytes by kind, counter or mapping. Every byte is in exactly one row.
#include <fmt/format.h>

#include <algorithm>

#include "verbs/verbs.h"
#include "view/bar.h"
#include "view/naming.h"
#include "view/sums.h"

namespace memmap {
namespace {

void sort_rows(std::vector<SumRow>& rows, Sort sort) {
  const auto before = [&](const SumRow& a, const SumRow& b) {
    switch (sort) {
      case Sort::size:
        return a.bytes > b.bytes;
      case Sort::resident:
        return a.resident_bytes() > b.resident_bytes();
      case Sort::kind:
        return a.kind < b.kind;
      case Sort::address:
        return false;
    }
    return false;
  };
  std::stable_sort(rows.begin(), rows.end(), before);
}

// All of the process: the mappings know more than their parts.
void use_kernel_residency(const Analysis& analysis, SumRow& total) {
  total.resident = 0;
  total.resident_known = true;
  for (const Mapping& mapping : analysis.target.mappings) {
    total.resident += mapping.resident.value_or(0);
    total.resident_known = total.resident_known && mapping.resident;
  }
}

// Rows past --rows become one, for the screen.
SumRow fold_rest(Sums& sums, std::uint64_t keep) {
  SumRow rest;
  while (sums.rows.size() > keep) {
    const SumRow& last = sums.rows.back();
    rest.bytes += last.bytes;
    rest.count += last.count;
    rest.resident += last.resident;
    rest.resident_known = rest.resident_known && last.resident_known;
    ++sums.omitted.rows;
    sums.omitted.self += last.bytes;
    rest.largest = std::max(rest.largest, last.largest);
    sums.rows.pop_back();
  }
  return rest;
}

bool has(const Command& command, Dimension dimension) {
  return std::find(command.dimensions.begin(), command.dimensions.end(), dimension) != command.dimensions.end();
}

Cell bytes_or_null(std::optional<std::uint64_t> bytes) { return bytes ? Cell(Bytes{*bytes}) : Cell(std::monostate()); }

Table sums_table(std::shared_ptr<const Sums> sums, bool with_mapping) {
  Table table;
  table.columns = {{"kind"}, {"counter"}};
  if (with_mapping) table.columns.push_back({"mapping"});
  for (const std::string_view column : {"bytes", "resident", "count", "largest"})
    table.columns.push_back({column, true});
  table.rows = [sums, with_mapping](RowSink& sink) {
    for (const SumRow& row : sums->rows) {
      std::vector<Cell> cells;
      cells.push_back(row.kind ? Cell(info(*row.kind).id) : Cell(std::monostate()));
      const bool charged = row.counter && *row.counter != Counter::none;
      cells.push_back(charged ? Cell(name(*row.counter)) : Cell(std::monostate()));
      if (with_mapping) cells.push_back(row.mapping->range.begin);
      for (const Cell& cell :
           {Cell(Bytes{row.bytes}), bytes_or_null(row.resident_bytes()), Cell(row.count), Cell(Bytes{row.largest})})
        cells.push_back(cell);
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

std::string word_of(const SumRow& row, Dimension dimension) {
  switch (dimension) {
    case Dimension::kind:
      return std::string(info(*row.kind).shown);
    case Dimension::counter:
      return *row.counter == Counter::none ? "in no counter" : std::string(name(*row.counter));
    case Dimension::mapping:
      return mapping_words(*row.mapping);
  }
  return {};
}

std::string words_of(const SumRow& row, const Command& command) {
  std::string text;
  for (const Dimension dimension : command.dimensions)
    text += fmt::format("{}{}", text.empty() ? "" : " · ", word_of(row, dimension));
  return text;
}

// The counter has a column of its own where the kind leads to it.
bool shows_counter(const Command& command) {
  return has(command, Dimension::kind) && !has(command, Dimension::counter);
}

bool screen_row(RowSink& sink, std::string_view what, std::string_view counter, const SumRow& row, std::uint64_t total,
                Tone tone) {
  const std::string share = percent(row.bytes, total);
  const Cell cells[] = {what,
                        counter.empty() ? Cell(Hidden()) : Cell(counter),
                        Bytes{row.bytes},
                        bytes_or_null(row.resident_bytes()),
                        row.count,
                        row.largest == 0 ? Cell(Hidden()) : Cell(Bytes{row.largest}),
                        std::string_view(share)};
  return sink.row(cells, 0, tone);
}

std::string heading(const Command& command) {
  static constexpr std::string_view kWords[] = {"KIND", "COUNTER", "MAPPING"};
  std::string text;
  for (const Dimension dimension : command.dimensions)
    text += fmt::format("{}{}", text.empty() ? "" : " · ", kWords[static_cast<std::size_t>(dimension)]);
  return text;
}

void screen_rows(RowSink& sink, const Sums& sums, const std::optional<SumRow>& rest, const Command& command,
                 bool complete) {
  const std::uint64_t total = sums.total.bytes;
  for (const SumRow& row : sums.rows) {
    if (row.bytes == 0) continue;
    const Tone tone = row.kind == Kind::unknown ? Tone::warn : Tone::plain;
    const std::string_view counter = shows_counter(command) ? counter_label(*row.kind) : std::string_view();
    if (!screen_row(sink, words_of(row, command), counter, row, total, tone)) return;
  }
  if (rest) screen_row(sink, fmt::format("… {}", counted(sums.omitted.rows, "more row")), {}, *rest, total, Tone::dim);
  screen_row(sink, complete ? "TOTAL" : "TOTAL (partial)", {}, sums.total, total, Tone::strong);
  screen_row(sink, "left over: unknown", {}, sums.unknown, total, sums.unknown.bytes == 0 ? Tone::good : Tone::warn);
}

Table screen_table(std::shared_ptr<const Sums> sums, std::optional<SumRow> rest, const Command& command,
                   bool complete) {
  Table table;
  table.columns = {{sums->heading, false, true},
                   {shows_counter(command) ? "COUNTER" : ""},
                   {"BYTES", true},
                   {"RESIDENT", true},
                   {"COUNT", true},
                   {"LARGEST", true},
                   {"SHARE", true}};
  if (!shows_counter(command)) table.columns[1].gap = 0;
  table.rows = [sums, rest, &command, complete](RowSink& sink) { screen_rows(sink, *sums, rest, command, complete); };
  return table;
}

}  // namespace

Report run_summary(const Question& question) {
  const Command& command = question.command;
  Report report = begin_report("summary", question);
  auto sums = std::make_shared<Sums>(add_up(*question.analysis, command.filter, command.dimensions));
  if (!command.filter.narrows()) use_kernel_residency(*question.analysis, sums->total);
  sums->heading = heading(command);
  sort_rows(sums->rows, command.order.sort.value_or(Sort::size));
  std::optional<SumRow> rest;
  if (command.order.rows && sums->rows.size() > *command.order.rows) rest = fold_rest(*sums, *command.order.rows);
  if (command.filter.narrows() || rest) report.omitted = sums->omitted;

  report.tables.push_back(sums_table(sums, has(command, Dimension::mapping)));
  report.say(title(*question.analysis), Tone::strong);
  report.say("");
  if (command.bar) add_bar(*question.analysis, command.filter, report);
  report.show(screen_table(sums, rest, command, report.complete));
  return report;
}

}  // namespace memmap
