#include "report/report.h"

#include <nlohmann/json.hpp>

#include "report/json.h"
#include "support/catch.h"
#include "support/string_output.h"

namespace memmap {
namespace {

using test::StringOutput;

Table table_of(std::vector<std::vector<Cell>> rows, std::vector<Column> columns) {
  Table table;
  table.columns = std::move(columns);
  table.rows = [rows = std::move(rows)](RowSink& sink) {
    for (const std::vector<Cell>& row : rows)
      if (!sink.row(row)) return;
  };
  return table;
}

std::string rendered(const Report& report, std::string_view format, StringOutput out = {},
                     std::string_view table = {}) {
  Writer writer(out, nullptr, true);
  (*renderer_named(format))(report, table, writer);
  writer.flush();
  return out.text;
}

Report report_of(Table table) {
  Report report;
  report.verb = "annotate";
  report.tables.push_back(table);
  report.show(table);
  return report;
}

const std::string kHostile = "a\"b\\c\nd,e|f\x1b\xff<g";

TEST_CASE("JSON holds any file name") {
  const Report report = report_of(table_of({{std::string_view(kHostile)}}, {{"file"}}));
  const auto json = nlohmann::json::parse(rendered(report, "json"));
  CHECK(json["rows"][0]["file"] == "a\"b\\c\nd,e|f\x1b\uFFFD<g");
}

TEST_CASE("JSON cells: unknown is null, addresses are strings, sizes numbers") {
  const TermCell terms[] = {{"flush", -512, true}, {"spans", 8192, std::nullopt}};
  const Report report =
      report_of(table_of({{std::monostate(), Address(0xC0DE), Bytes{~0ULL}, SignedBytes{-4}, 0.25, true,
                           AddressRange{Address(1), Address(2)}, std::span<const TermCell>(terms)}},
                         {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}, {"g"}, {"h"}}));
  const auto row = nlohmann::ordered_json::parse(rendered(report, "json"))["rows"][0];
  CHECK(row.dump() == R"({"a":null,"b":"0xc0de","c":18446744073709551615,"d":-4,"e":0.25,"f":true,)"
                      R"("g":{"begin":"0x1","end":"0x2"},)"
                      R"("h":[{"name":"flush","bytes":-512,"placed":true},{"name":"spans","bytes":8192}]})");
}

TEST_CASE("a JSON document has its header, also without rows or target") {
  Report report = report_of(table_of({}, {{"id"}}));
  report.complete = false;
  report.omitted = Omitted{3, 4096};
  report.findings.push_back({Severity::warning, "no_go", "no Go in it", 2, {Address(0x10)}});
  const auto json = nlohmann::json::parse(rendered(report, "json"));
  CHECK(json["schema"] == "memmap/1");
  CHECK(json["complete"] == false);
  CHECK(json["target"].is_null());
  CHECK(json["rows"].empty());
  CHECK(json["omitted"] == nlohmann::json({{"rows", 3}, {"self", 4096}}));
  CHECK(
      json["findings"][0] ==
      nlohmann::json(
          {{"severity", "warning"}, {"code", "no_go"}, {"message", "no Go in it"}, {"address", "0x10"}, {"count", 2}}));
}

TEST_CASE("jsonl is a header line and a line for each row, with its table") {
  Report report = report_of(table_of({{"x"}, {"y"}}, {{"id"}}));
  report.tables[0].name = "classes";
  const std::string text = rendered(report, "jsonl");
  CHECK(std::count(text.begin(), text.end(), '\n') == 3);
  const std::string second = text.substr(text.find('\n') + 1);
  CHECK(second == "{\"table\":\"classes\",\"id\":\"x\"}\n{\"table\":\"classes\",\"id\":\"y\"}\n");
}

TEST_CASE("csv quotes what needs it and shows one table") {
  Report report = report_of(
      table_of({{std::string_view(kHostile), Bytes{12}, std::monostate()}}, {{"file"}, {"size"}, {"resident"}}));
  Table second = table_of({{"z"}}, {{"name"}});
  second.name = "classes";
  report.tables.push_back(second);
  CHECK(rendered(report, "csv") == "file,size,resident\n\"a\"\"b\\c\nd,e|f\x1b\uFFFD<g\",12,\n");
  CHECK(rendered(report, "csv", {}, "classes") == "name\nz\n");
}

TEST_CASE("markdown keeps a row on its line") {
  const Report report = report_of(table_of({{std::string_view(kHostile), Bytes{12}}}, {{"file"}, {"size", true}}));
  CHECK(rendered(report, "markdown") == "| file | size |\n|---|--:|\n| a\"b\\\\c d,e\\|f\x1b\uFFFD&lt;g | 12 |\n");
}

TEST_CASE("markdown shows a name as it is, not as markup") {
  const Report report = report_of(table_of(
      {{"runtime.(*mheap).grow; (*mheap).alloc"}, {"heap_inuse _x_ a`b`c [1] [x](y) &lt; ~~z~~"}}, {{"name"}}));
  CHECK(rendered(report, "markdown") ==
        "| name |\n|---|\n| runtime.(\\*mheap).grow; (\\*mheap).alloc |\n"
        "| heap_inuse \\_x\\_ a\\`b\\`c [1] [x\\](y) &amp;lt; \\~\\~z\\~\\~ |\n");
}

TEST_CASE("a name in a finding breaks no table of markdown") {
  Report report = report_of(table_of({{"x"}}, {{"id"}}));
  report.findings.push_back({Severity::warning, "no_file", "no file a|b\n|---|---|\n<i>\xff", 1, {}});
  CHECK(rendered(report, "markdown") ==
        "| id |\n|---|\n| x |\n\nwarning: no file a\\|b \\|---\\|---\\| &lt;i>\uFFFD\n");
}

TEST_CASE("text aligns columns and cuts what is too wide") {
  const std::string wide(200, 'w');
  Report report = report_of(table_of({{"a", Bytes{1536}, std::string_view(wide)}, {"long name", Bytes{1 << 20}, "x"}},
                                     {{"NAME"}, {"SIZE", true}, {"WHAT", false, true}}));
  StringOutput out;
  out.columns = 60;
  CHECK(rendered(report, "text", out) ==
        "NAME           SIZE  WHAT\n"
        "a          1.50 KiB  " +
            std::string(38, 'w') +
            "…\n"
            "long name  1.00 MiB  x\n");
}

TEST_CASE("a cell that only hidden ones follow runs on over them") {
  Report report = report_of(
      table_of({{"a", "a rather long remark", Hidden()}, {"b", "w", "counter"}}, {{"N"}, {"WHAT"}, {"COUNTER"}}));
  CHECK(rendered(report, "text") == "N  WHAT  COUNTER\na  a rather long remark\nb  w     counter\n");
}

TEST_CASE("colour needs a terminal") {
  Report report;
  report.say("all is well", Tone::good);
  StringOutput terminal;
  terminal.coloured = true;
  CHECK(rendered(report, "text", terminal) == "\x1b[32mall is well\x1b[0m\n");
  CHECK(rendered(report, "text") == "all is well\n");
}

TEST_CASE("long sentences break at blanks") {
  Report report;
  report.say("  one two three four");
  StringOutput out;
  out.columns = 12;
  CHECK(rendered(report, "text", out) == "  one two\n    three\n    four\n");
}

TEST_CASE("rows stop when the reader has gone, or at Ctrl-C") {
  std::size_t made = 0;
  Table endless;
  endless.columns = {{"text"}};
  endless.rows = [&made](RowSink& sink) {
    const std::string text(1000, 'x');
    const Cell cells[] = {std::string_view(text)};
    while (made < 1'000'000 && sink.row(cells)) ++made;
  };
  Report report;
  report.tables.push_back(endless);
  StringOutput out;
  SECTION("the reader") { out.pieces_wanted = 2; }
  SECTION("Ctrl-C") { out.pieces_wanted = ~0U; }
  std::atomic<bool> interrupted = out.pieces_wanted == ~0U;
  Writer writer(out, &interrupted, false);
  render_json(report, {}, writer);
  CHECK(made < 1000);
}

TEST_CASE("findings are counted, with the first addresses") {
  CHECK(sentence({Severity::warning, "implausible", "mspan.npages implausible", 2, {Address(0x10), Address(0x20)}}) ==
        "2 × mspan.npages implausible, first at 0x10, 0x20");
  CHECK(sentence({Severity::error, "x", "no Go in it", 1, {}}) == "no Go in it");
}

}  // namespace
}  // namespace memmap
