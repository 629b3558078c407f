// Renders json and jsonl. Members and their order are the interface that scripts rely on.
#include "report/json.h"

#include <fmt/format.h>
#include <cmath>

#include "report/report.h"

namespace memmap {
namespace {

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
  }
}

constexpr bool is_simple(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

void append_terms(std::string& out, std::span<const TermCell> terms) {
  out += '[';
  for (const TermCell& term : terms) {
    if (&term != terms.data()) out += ',';
    out += "{\"name\":";
    append_json_string(out, term.name);
    out += ",\"bytes\":";
    fmt::format_to(std::back_inserter(out), "{}", term.bytes);
    if (term.placed) out += *term.placed ? ",\"placed\":true" : ",\"placed\":false";
    out += '}';
  }
  out += ']';
}

void append_text_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_json_string(out, text);
}

void append_frames(std::string& out, std::span<const FrameCell> frames) {
  out += '[';
  for (const FrameCell& frame : frames) {
    out += &frame == frames.data() ? "{\"function\":" : ",{\"function\":";
    append_text_or_null(out, frame.function);
    out += ",\"file\":";
    append_text_or_null(out, frame.file);
    out += ",\"line\":";
    if (frame.line == 0)
      out += "null";
    else
      append_decimal(out, frame.line);
    out += ",\"pc\":\"";
    append_address(out, frame.pc);
    out += "\"}";
  }
  out += ']';
}

struct CellWriter {
  std::string& out;
  void operator()(std::monostate) const { out += "null"; }
  void operator()(Hidden) const { out += "null"; }
  void operator()(std::string_view text) const { append_json_string(out, text); }
  void operator()(Address a) const {
    out += '"';
    append_address(out, a);
    out += '"';
  }
  void operator()(Bytes bytes) const { append_decimal(out, bytes.count); }
  void operator()(SignedBytes bytes) const { fmt::format_to(std::back_inserter(out), "{}", bytes.count); }
  void operator()(std::uint64_t number) const { append_decimal(out, number); }
  void operator()(double number) const {
    if (std::isfinite(number))
      fmt::format_to(std::back_inserter(out), "{}", number);
    else
      out += "null";
  }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(AddressRange range) const {
    out += "{\"begin\":\"";
    append_address(out, range.begin);
    out += "\",\"end\":\"";
    append_address(out, range.end);
    out += "\"}";
  }
  void operator()(std::span<const TermCell> terms) const { append_terms(out, terms); }
  void operator()(std::span<const FrameCell> frames) const { append_frames(out, frames); }
  void operator()(RecordCell record) const {
    out += '{';
    for (const Member& member : std::span(record.members, record.count)) {
      if (&member != record.members) out += ',';
      append_json_string(out, member.name);
      out += ':';
      std::visit(*this, member.value);
    }
    out += '}';
  }
};

void append_member(std::string& out, std::string_view name, const std::string& value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_text_or_null(out, value);
}

void append_target(std::string& out, const std::optional<TargetHeader>& target) {
  if (!target) {
    out += "null";
    return;
  }
  out += "{\"pid\":";
  if (target->pid)
    append_decimal(out, *target->pid);
  else
    out += "null";
  append_member(out, "core", target->core);
  append_member(out, "exe", target->executable);
  append_member(out, "go_version", target->go_version);
  append_member(out, "goarch", target->goarch);
  append_member(out, "origin", target->origin);
  append_member(out, "layout", target->layout);
  out += ",\"page_size\":";
  append_decimal(out, target->page_size);
  out += '}';
}

void append_finding(std::string& out, const Findings::Entry& finding) {
  out += "{\"severity\":";
  append_json_string(out, name(finding.severity));
  out += ",\"code\":";
  append_json_string(out, finding.code);
  out += ",\"message\":";
  append_json_string(out, finding.message);
  out += ",\"address\":";
  if (finding.examples.empty())
    out += "null";
  else
    append_json_cell(out, finding.examples.front());
  out += ",\"count\":";
  append_decimal(out, finding.count);
  out += '}';
}

struct MemberWriter {
  std::string& out;
  void operator()(const Cell& cell) const { append_json_cell(out, cell); }
  void operator()(const std::vector<Member>& members) const {
    append_json_cell(out, RecordCell{members.data(), members.size()});
  }
  void operator()(const std::vector<std::string>& texts) const {
    out += '[';
    for (const std::string& text : texts) {
      if (&text != texts.data()) out += ',';
      append_json_string(out, text);
    }
    out += ']';
  }
};

// The document up to its arrays, without the closing brace.
void append_header(std::string& out, const Report& report) {
  out += "{\"schema\":\"memmap/1\",\"verb\":";
  append_json_string(out, report.verb);
  out += report.complete ? ",\"complete\":true" : ",\"complete\":false";
  out += ",\"target\":";
  append_target(out, report.target);
  out += ",\"findings\":[";
  for (const Findings::Entry& finding : report.findings) {
    if (&finding != report.findings.data()) out += ',';
    append_finding(out, finding);
  }
  out += ']';
  if (report.omitted) {
    fmt::format_to(std::back_inserter(out), ",\"omitted\":{{\"rows\":{},\"self\":{}}}", report.omitted->rows,
                   report.omitted->self);
  }
  for (const DocumentMember& member : report.members) {
    out += ',';
    append_json_string(out, member.name);
    out += ':';
    std::visit(MemberWriter{out}, member.value);
  }
}

// `lead` stands before the first member of each row, `between` between rows, `after` behind each.
class JsonRows : public RowSink {
 public:
  JsonRows(Writer& writer, const Table& table, std::string lead, std::string_view between, std::string_view after)
      : writer_(writer), lead_(std::move(lead)), between_(between), after_(after) {
    for (const Column& column : table.columns) {
      std::string key = keys_.empty() ? "" : ",";
      append_json_string(key, column.name);
      keys_.push_back(key + ":");
    }
  }

  bool row(std::span<const Cell> cells, unsigned, Tone) override {
    std::string& out = writer_.text();
    if (!first_) out += between_;
    first_ = false;
    out += lead_;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += keys_[i];
      std::visit(CellWriter{out}, cells[i]);
    }
    out += '}';
    out += after_;
    return writer_.go_on();
  }

 private:
  Writer& writer_;
  std::vector<std::string> keys_;
  std::string lead_;
  std::string_view between_;
  std::string_view after_;
  bool first_ = true;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t simple = 0;
    while (simple < text.size() && is_simple(text[simple])) ++simple;
    out += text.substr(0, simple);
    text.remove_prefix(simple);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    if (length == 1)
      append_escaped(out, static_cast<unsigned char>(text[0]));
    else
      out += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_json_cell(std::string& out, const Cell& cell) { std::visit(CellWriter{out}, cell); }

void render_json(const Report& report, std::string_view, Writer& writer) {
  append_header(writer.text(), report);
  for (const Table& table : report.tables) {
    if (!writer.go_on()) return;
    writer.text() += ",\"";
    writer.text() += table.name;
    writer.text() += "\":[\n";
    JsonRows rows(writer, table, "{", ",\n", "");
    table.rows(rows);
    writer.text() += "\n]";
  }
  writer.text() += "}\n";
}

void render_jsonl(const Report& report, std::string_view, Writer& writer) {
  append_header(writer.text(), report);
  writer.text() += "}\n";
  for (const Table& table : report.tables) {
    std::string lead = "{\"table\":";
    append_json_string(lead, table.name);
    JsonRows rows(writer, table, lead + ",", "", "\n");
    table.rows(rows);
  }
}

}  // namespace memmap
