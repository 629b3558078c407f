// summary: bytes by kind, counter or mapping. Every byte is in exactly one row.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "commands/fold.h"
#include "commands/naming.h"
#include "commands/select.h"
#include "commands/verbs.h"

namespace memmap {
namespace {

struct Row {
  std::optional<Kind> kind;
  std::optional<Counter> counter;
  const Mapping* mapping = nullptr;
  std::uint64_t bytes = 0;
  std::uint64_t resident = 0;
  bool resident_known = true;
  std::uint64_t count = 0;
  std::uint64_t largest = 0;

  std::optional<std::uint64_t> resident_bytes() const {
    return resident_known ? std::optional(resident) : std::nullopt;
  }
};

struct Sums {
  std::vector<Row> rows;  // in order of first appearance
  Row total;
  Row unknown;
  Omitted omitted;
};

// What the node itself, without its children, has in physical memory.
std::optional<std::uint64_t> own_resident(const Analysis& analysis, std::uint32_t index) {
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

class Adder {
 public:
  Adder(const Analysis& analysis, const Options& options)
      : analysis_(analysis), options_(options) {
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

  bool wanted(const Node& node, Kind kind) const {
    return options_.wants(kind) && node.range.size() >= options_.min_size &&
           (!options_.range || node.range.overlaps(*options_.range));
  }
  Row& row_for(Kind kind, const Mapping& mapping);
  void add(std::uint32_t index, const Node& node);

  const Analysis& analysis_;
  const Options& options_;
  Sums sums_;
  std::map<std::uint64_t, std::size_t> row_of_;
  std::vector<std::uint32_t> seen_in_;   // by claim: the mapping of its last piece
  std::vector<std::uint64_t> bytes_of_;  // by claim: its own bytes, in this mapping if that matters
};

Row& Adder::row_for(Kind kind, const Mapping& mapping) {
  Row fresh;
  std::uint64_t key = 0;
  for (const Dimension dimension : options_.dimensions) {
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
  const auto [at, first] = row_of_.try_emplace(key, sums_.rows.size());
  if (first) sums_.rows.push_back(fresh);
  return sums_.rows[at->second];
}

void Adder::add(std::uint32_t index, const Node& node) {
  const Kind kind = analysis_.map.claim(node).kind;
  if (kind == Kind::unknown && node.self_bytes == 0) return;
  if (!wanted(node, kind)) {
    ++sums_.omitted.rows;
    sums_.omitted.self += node.self_bytes;
    return;
  }
  Row& row = row_for(kind, analysis_.target.mappings[node.mapping]);
  const bool new_mapping = seen_in_[node.claim] != node.mapping;
  const bool first = row.mapping != nullptr ? new_mapping : seen_in_[node.claim] == kNowhere;
  if (first) bytes_of_[node.claim] = 0;
  seen_in_[node.claim] = node.mapping;
  bytes_of_[node.claim] += node.self_bytes;

  const std::optional<std::uint64_t> resident = own_resident(analysis_, index);
  for (Row* sum : {&row, &sums_.total, kind == Kind::unknown ? &sums_.unknown : nullptr}) {
    if (sum == nullptr) continue;
    sum->bytes += node.self_bytes;
    sum->resident += resident.value_or(0);
    sum->resident_known = sum->resident_known && resident;
    sum->count += first ? 1 : 0;
  }
  row.largest = std::max(row.largest, bytes_of_[node.claim]);
}

void sort_rows(std::vector<Row>& rows, Sort sort) {
  const auto before = [&](const Row& a, const Row& b) {
    switch (sort) {
      case Sort::size: return a.bytes > b.bytes;
      case Sort::resident: return a.resident_bytes() > b.resident_bytes();
      case Sort::kind: return a.kind < b.kind;
      case Sort::address: return false;
    }
    return false;
  };
  std::stable_sort(rows.begin(), rows.end(), before);
}

// Rows past --rows become one, for the screen.
Row fold_rest(Sums& sums, std::uint64_t keep) {
  Row rest;
  while (sums.rows.size() > keep) {
    const Row& last = sums.rows.back();
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

bool has(const Options& options, Dimension dimension) {
  return std::find(options.dimensions.begin(), options.dimensions.end(), dimension) !=
         options.dimensions.end();
}

Cell bytes_or_null(std::optional<std::uint64_t> bytes) {
  return bytes ? Cell(Bytes{*bytes}) : Cell(std::monostate());
}

Table sums_table(std::shared_ptr<const Sums> sums, bool with_mapping) {
  Table table;
  table.columns = {{"kind"}, {"counter"}};
  if (with_mapping) table.columns.push_back({"mapping"});
  for (const std::string_view column : {"bytes", "resident", "count", "largest"})
    table.columns.push_back({column, true});
  table.rows = [sums, with_mapping](RowSink& sink) {
    for (const Row& row : sums->rows) {
      std::vector<Cell> cells;
      cells.push_back(row.kind ? Cell(info(*row.kind).id) : Cell(std::monostate()));
      const bool charged = row.counter && *row.counter != Counter::none;
      cells.push_back(charged ? Cell(name(*row.counter)) : Cell(std::monostate()));
      if (with_mapping) cells.push_back(row.mapping->range.begin);
      for (const Cell& cell : {Cell(Bytes{row.bytes}), bytes_or_null(row.resident_bytes()),
                               Cell(row.count), Cell(Bytes{row.largest})})
        cells.push_back(cell);
      if (!sink.row(cells)) return;
    }
  };
  return table;
}

std::string first_words(const Row& row, const Options& options) {
  std::string text;
  for (const Dimension dimension : options.dimensions) {
    std::string word;
    if (dimension == Dimension::kind && row.kind) word = info(*row.kind).shown;
    if (dimension == Dimension::counter && row.counter)
      word = *row.counter == Counter::none ? std::string("in no counter") : std::string(name(*row.counter));
    if (dimension == Dimension::mapping && row.mapping != nullptr)
      word = fmt::format("{:x} {}{}", row.mapping->range.begin.value(),
                         short_permissions(*row.mapping), mapping_label(*row.mapping));
    text += fmt::format("{}{}", text.empty() ? "" : " · ", word);
  }
  return text;
}

bool screen_row(RowSink& sink, std::string_view what, const Row& row, std::uint64_t total,
                Tone tone) {
  const std::string share = percent(row.bytes, total);
  const Cell counter = !row.counter ? Cell(Hidden())
                       : *row.counter == Counter::none ? Cell(counter_label(row.kind.value_or(Kind::unknown)))
                                                       : Cell(name(*row.counter));
  const Cell cells[] = {what,
                        counter,
                        Bytes{row.bytes},
                        bytes_or_null(row.resident_bytes()),
                        row.count,
                        row.largest == 0 ? Cell(Hidden()) : Cell(Bytes{row.largest}),
                        std::string_view(share)};
  return sink.row(cells, 0, tone);
}

Table screen_table(std::shared_ptr<const Sums> sums, std::optional<Row> rest,
                   const Options& options, bool complete) {
  Table table;
  table.columns = {{has(options, Dimension::kind) ? "KIND" : "", false, true},
                   {"COUNTER"},
                   {"BYTES", true},
                   {"RESIDENT", true},
                   {"COUNT", true},
                   {"LARGEST", true},
                   {"SHARE", true}};
  table.rows = [sums, rest, &options, complete](RowSink& sink) {
    const std::uint64_t total = sums->total.bytes;
    for (const Row& row : sums->rows) {
      if (row.bytes == 0) continue;
      const Tone tone = row.kind == Kind::unknown ? Tone::warn : Tone::plain;
      if (!screen_row(sink, first_words(row, options), row, total, tone)) return;
    }
    if (rest) {
      const std::string words = counted(sums->omitted.rows, "more row");
      screen_row(sink, words, *rest, total, Tone::dim);
    }
    screen_row(sink, complete ? "TOTAL" : "TOTAL (partial)", sums->total, total, Tone::strong);
    screen_row(sink, "left over: unknown", sums->unknown, total,
               sums->unknown.bytes == 0 ? Tone::good : Tone::warn);
  };
  return table;
}

}  // namespace

Report run_summary(const Question& question) {
  const Options& options = question.options;
  Report report = begin_report("summary", question);
  auto sums = std::make_shared<Sums>(Adder(*question.analysis, options).run());
  sort_rows(sums->rows, options.sort.value_or(Sort::size));
  std::optional<Row> rest;
  if (options.rows && sums->rows.size() > *options.rows) rest = fold_rest(*sums, *options.rows);
  if (options.filters() || rest) report.omitted = sums->omitted;

  report.tables.push_back(sums_table(sums, has(options, Dimension::mapping)));
  report.say(title(*question.analysis), Tone::strong);
  report.say("");
  report.show(screen_table(sums, rest, options, report.complete));
  return report;
}

}  // namespace memmap
