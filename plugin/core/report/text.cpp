// Renders text for people: aligned columns, indentation by depth, human sizes, colour on a
// terminal. Tables are made twice, once to measure and once to print.
#include <fmt/format.h>

#include <algorithm>

#include "report/report.h"

namespace memmap {
namespace {

// Columns that an elastic column keeps: at first, and where that is not enough.
constexpr std::size_t kNarrow = 21;
constexpr std::size_t kNarrowest = 8;

// Blanks in front of a column.
std::size_t gap_before(const std::vector<Column>& columns, std::size_t column) {
  return column == 0 || column >= columns.size() ? 0 : columns[column].gap;
}

struct TextCell {
  const UnitFormat& units;
  std::string operator()(std::monostate) const { return std::string(kUnknownMark); }
  std::string operator()(Hidden) const { return {}; }
  std::string operator()(std::string_view text) const { return printable(text); }
  std::string operator()(Address a) const { return fmt::format("{:x}", a.value()); }
  std::string operator()(Bytes bytes) const { return human(bytes.count, units); }
  std::string operator()(SignedBytes bytes) const { return grouped_signed(bytes.count); }
  std::string operator()(std::uint64_t number) const { return grouped(number); }
  std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
  std::string operator()(bool value) const { return value ? "yes" : "no"; }
  std::string operator()(AddressRange range) const {
    return fmt::format("{:x}-{:x}", range.begin.value(), range.end.value());
  }
  std::string operator()(RecordCell record) const {
    std::string text;
    for (const Member& member : std::span(record.members, record.count))
      text += fmt::format("{}{} {}", text.empty() ? "" : " · ", member.name, std::visit(*this, member.value));
    return text;
  }
  std::string operator()(std::span<const FrameCell> frames) const {
    std::string text;
    for (const FrameCell& frame : frames) {
      if (!text.empty()) text += " ← ";
      text += frame.function.empty() ? fmt::format("{:x}", frame.pc.value()) : printable(frame.function);
    }
    return text;
  }
  std::string operator()(std::span<const TermCell> terms) const {
    std::string text;
    for (const TermCell& term : terms) {
      if (!text.empty()) text += " · ";
      text += fmt::format("{} {}{}", term.name, term.bytes < 0 ? "-" : "",
                          grouped(static_cast<std::uint64_t>(std::abs(term.bytes))));
    }
    return text;
  }
};

std::string cell_text(const Cell& cell, std::size_t column, unsigned depth, const UnitFormat& units) {
  std::string text = std::visit(TextCell{units}, cell);
  if (column == 0 && depth != 0) text.insert(0, 2 * std::size_t{depth}, ' ');
  return text;
}

// The last column that shows anything; what it says may run on to the end of the line.
std::size_t last_shown(std::span<const Cell> cells) {
  std::size_t last = cells.size();
  while (last > 0 && std::holds_alternative<Hidden>(cells[last - 1])) --last;
  return last == 0 ? 0 : last - 1;
}

class Measure : public RowSink {
 public:
  Measure(const ScreenTable& screen, Writer& writer, const UnitFormat& units) : writer_(writer), units_(units) {
    for (const Column& column : screen.table.columns)
      widths.push_back(screen.headings ? display_width(column.name) : 0);
  }
  bool row(std::span<const Cell> cells, unsigned depth, Tone) override {
    const std::size_t last = last_shown(cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i == last && i + 1 < cells.size()) break;  // may run on
      widths[i] = std::max(widths[i], display_width(cell_text(cells[i], i, depth, units_)));
    }
    return writer_.go_on();
  }

  std::vector<std::size_t> widths;

 private:
  Writer& writer_;
  const UnitFormat& units_;
};

// Takes what the line is too wide from the elastic columns, the last first: what a thing is
// stands before how it is known.
void fit(std::vector<std::size_t>& widths, const std::vector<Column>& columns, std::size_t limit) {
  std::size_t total = 0;
  for (std::size_t i = 0; i < widths.size(); ++i) total += gap_before(columns, i) + widths[i];
  for (const std::size_t narrow : {kNarrow, kNarrowest}) {
    for (std::size_t i = columns.size(); i-- > 0 && total > limit;) {
      if (!columns[i].elastic || widths[i] <= narrow) continue;
      const std::size_t taken = std::min(widths[i] - narrow, total - limit);
      widths[i] -= taken;
      total -= taken;
    }
  }
}

std::string_view colour_of(Tone tone) {
  switch (tone) {
    case Tone::strong:
      return "\x1b[1m";
    case Tone::dim:
      return "\x1b[2m";
    case Tone::warn:
      return "\x1b[33m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::plain:
      return "";
  }
  return "";
}

void append_line(Writer& writer, std::string_view line, Tone tone) {
  const std::string_view colour = writer.colour() ? colour_of(tone) : "";
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  writer.text() += colour;
  writer.text() += line;
  if (!colour.empty()) writer.text() += "\x1b[0m";
  writer.text() += '\n';
}

// A sentence on as many lines as it needs, broken at blanks.
void append_wrapped(Writer& writer, std::string_view text, Tone tone) {
  const std::size_t lead = std::min(text.find_first_not_of(' '), text.size());
  const std::string indent(lead + 2, ' ');
  std::string line(text.substr(0, lead));
  bool empty = true;
  text.remove_prefix(lead);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!empty && display_width(line) + 1 + display_width(word) > writer.width()) {
      append_line(writer, line, tone);
      line = indent;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  append_line(writer, line, tone);
}

void append_text(Writer& writer, std::string_view text, Tone tone) {
  if (display_width(text) <= writer.width())
    append_line(writer, text, tone);
  else
    append_wrapped(writer, text, tone);
}

class Print : public RowSink {
 public:
  Print(const Table& table, std::vector<std::size_t> widths, Writer& writer, const UnitFormat& units)
      : table_(table), widths_(std::move(widths)), writer_(writer), units_(units) {}

  bool row(std::span<const Cell> cells, unsigned depth, Tone tone) override {
    line_.clear();
    const std::size_t last = last_shown(cells);
    std::size_t used = 0;  // columns of the line so far
    for (std::size_t i = 0; i <= last && i < cells.size(); ++i) {
      const bool runs_on = i == last;
      const std::size_t width = runs_on ? room(used, i) : widths_[i];
      put(clipped(cell_text(cells[i], i, depth, units_), width), i, widths_[i]);
      used += widths_[i] + gap_before(table_.columns, i + 1);
    }
    append_line(writer_, line_, tone);
    return writer_.go_on();
  }

 private:
  std::size_t room(std::size_t used, std::size_t column) const {
    const std::size_t limit = writer_.width();
    return std::max(widths_[column], limit > used ? limit - used : 0);
  }
  void put(const std::string& text, std::size_t column, std::size_t width) {
    line_.append(gap_before(table_.columns, column), ' ');
    const std::size_t shown = display_width(text);
    const std::size_t padding = shown < width ? width - shown : 0;
    if (table_.columns[column].right_aligned) line_.append(padding, ' ');
    line_ += text;
    if (!table_.columns[column].right_aligned) line_.append(padding, ' ');
  }

  const Table& table_;
  std::vector<std::size_t> widths_;
  Writer& writer_;
  const UnitFormat& units_;
  std::string line_;
};

void render_block(const ScreenTable& screen, const Report& report, Writer& writer) {
  Measure measure(screen, writer, report.units);
  screen.table.rows(measure);
  fit(measure.widths, screen.table.columns, writer.width());
  Print print(screen.table, measure.widths, writer, report.units);
  if (screen.headings) {
    std::vector<Cell> headings;
    for (const Column& column : screen.table.columns) headings.push_back(column.name);
    print.row(headings, 0, Tone::strong);
  }
  if (writer.go_on()) screen.table.rows(print);
}

void render_block(const Picture& picture, const Report&, Writer& writer) {
  for (const std::vector<Tile>& line : picture.lines(writer.width())) {
    for (const Tile& tile : line) {
      const bool coloured = writer.colour() && tile.colour != 0;
      if (coloured) writer.text() += fmt::format("\x1b[38;5;{}m", tile.colour);
      writer.text() += tile.text;
      if (coloured) writer.text() += "\x1b[0m";
    }
    writer.text() += '\n';
    if (!writer.go_on()) return;
  }
}

void render_block(const Line& line, const Report&, Writer& writer) { append_text(writer, line.text, line.tone); }

constexpr std::string_view kNotFound = " not found";

// Fields of other releases: dozens of them, worth one sentence.
bool is_absence(const Findings::Entry& finding) {
  return finding.severity == Severity::note && finding.message.ends_with(kNotFound);
}

}  // namespace

void render_text(const Report& report, std::string_view, Writer& writer) {
  for (const ScreenBlock& block : report.screen) {
    if (!writer.go_on()) return;
    std::visit([&](const auto& one) { render_block(one, report, writer); }, block);
  }
  if (!report.findings.empty()) append_line(writer, "", Tone::plain);
  std::string absent;
  for (const Findings::Entry& finding : report.findings) {
    if (is_absence(finding)) {
      absent += absent.empty() ? "" : ", ";
      absent += finding.message.substr(0, finding.message.size() - kNotFound.size());
      continue;
    }
    append_text(writer, fmt::format("{}: {}", name(finding.severity), printable(sentence(finding))),
                finding.severity == Severity::note ? Tone::dim : Tone::warn);
  }
  if (!absent.empty()) append_text(writer, fmt::format("note: not in this release: {}", printable(absent)), Tone::dim);
}

}  // namespace memmap
