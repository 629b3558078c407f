// Renders markdown: tables for an issue or a wiki, then what is missing.
#include <fmt/format.h>

#include "report/plain_cell.h"
#include "report/report.h"

namespace memmap {
namespace {

void append_field(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '|' || c == '\\') out += '\\';
    if (c == '<')
      out += "&lt;";
    else if (c == '\n' || c == '\r')
      out += ' ';
    else
      out += c;
  }
}

class MarkdownRows : public RowSink {
 public:
  explicit MarkdownRows(Writer& writer) : writer_(writer) {}

  bool row(std::span<const Cell> cells, unsigned, Tone) override {
    std::string& out = writer_.text();
    for (const Cell& cell : cells) {
      out += "| ";
      field_.clear();
      append_plain_cell(field_, cell);
      append_field(out, field_);
      out += ' ';
    }
    out += "|\n";
    return writer_.go_on();
  }

 private:
  Writer& writer_;
  std::string field_;
};

bool is_number(const Table& table, std::size_t column) { return table.columns[column].right_aligned; }

void render_table(const Table& table, Writer& writer) {
  std::string rule;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    writer.text() += "| ";
    append_field(writer.text(), table.columns[i].name);
    writer.text() += ' ';
    rule += is_number(table, i) ? "|--:" : "|---";
  }
  writer.text() += "|\n" + rule + "|\n";
  MarkdownRows rows(writer);
  table.rows(rows);
}

}  // namespace

void render_markdown(const Report& report, std::string_view name, Writer& writer) {
  const Table* chosen = name.empty() ? nullptr : table_named(report, name);
  for (const Table& table : report.tables) {
    if (chosen != nullptr && chosen != &table) continue;
    if (!writer.go_on()) return;
    if (report.tables.size() > 1) writer.text() += fmt::format("### {}\n\n", table.name);
    render_table(table, writer);
    if (&table != &report.tables.back() && chosen == nullptr) writer.text() += '\n';
  }
  if (report.omitted)
    writer.text() += fmt::format("\n{} more rows, {} bytes\n", report.omitted->rows, report.omitted->self);
  for (const Findings::Entry& finding : report.findings)
    writer.text() += fmt::format("\n{}: {}\n", memmap::name(finding.severity), sentence(finding));
}

}  // namespace memmap
