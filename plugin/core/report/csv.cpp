// Renders csv (RFC 4180): one table, chosen by --table.
#include "report/plain_cell.h"
#include "report/report.h"

namespace memmap {
namespace {

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

class CsvRows : public RowSink {
 public:
  explicit CsvRows(Writer& writer) : writer_(writer) {}

  bool row(std::span<const Cell> cells, unsigned, Tone) override {
    std::string& out = writer_.text();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i != 0) out += ',';
      field_.clear();
      append_plain_cell(field_, cells[i]);
      append_field(out, field_);
    }
    out += '\n';
    return writer_.go_on();
  }

 private:
  Writer& writer_;
  std::string field_;
};

}  // namespace

void render_csv(const Report& report, std::string_view name, Writer& writer) {
  const Table* table = table_named(report, name);
  if (table == nullptr) return;
  for (const Column& column : table->columns) {
    if (&column != table->columns.data()) writer.text() += ',';
    append_field(writer.text(), column.name);
  }
  writer.text() += '\n';
  CsvRows rows(writer);
  table->rows(rows);
}

}  // namespace memmap
