// Renders markdown: tables for an issue or a wiki, then what is missing.
#include <fmt/format.h>

#include <cctype>

#include "base/text.h"
#include "report/plain_cell.h"
#include "report/report.h"

namespace memmap {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// What would be markup shows itself: (*mheap).grow and (*mheap).alloc are no italics. An underline inside a word, and
// brackets that no parenthesis follows, mean nothing and stay as they are read best.
bool is_markup(std::string_view text, std::size_t i) {
  const bool inside_word = i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
  switch (text[i]) {
    case '|':
    case '\\':
    case '*':
    case '`':
    case '~':
      return true;
    case '_':
      return !inside_word;
    case ']':
      return text.substr(i + 1).starts_with('(');
    default:
      return false;
  }
}

// On one line, whatever is in it.
void append_inline(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_markup(text, i)) out += '\\';
    if (text[i] == '<')
      out += "&lt;";
    else if (text[i] == '&')
      out += "&amp;";
    else if (text[i] == '\n' || text[i] == '\r')
      out += ' ';
    else
      out += text[i];
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
      append_inline(out, field_);
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
    append_inline(writer.text(), table.columns[i].name);
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
  for (const Findings::Entry& finding : report.findings) {
    writer.text() += fmt::format("\n{}: ", memmap::name(finding.severity));
    std::string clean;  // a file's name may be part of it
    append_utf8(clean, sentence(finding));
    append_inline(writer.text(), clean);
    writer.text() += '\n';
  }
}

}  // namespace memmap
