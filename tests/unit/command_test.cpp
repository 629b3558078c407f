// Verbs on a small process: what programs get.
#include <nlohmann/json.hpp>

#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/string_output.h"
#include "verbs/verbs.h"
#include "view/fold.h"

namespace memmap {
namespace {

using nlohmann::json;
using test::AnalysisBuilder;
using test::kKiB;
using test::kMiB;
using test::StringOutput;

std::string answer(const Analysis* analysis, const std::string& verb, std::vector<std::string> words = {},
                   bool* failed = nullptr) {
  words.insert(words.begin(), verb);
  const Command command = test::command_of(words);
  const Report report = memmap::answer({analysis, command, "lldb 22"});
  if (failed != nullptr) *failed = report.failed;
  StringOutput out;
  Writer writer(out, nullptr, false);
  (*renderer_named(command.output.format))(report, command.output.table, writer);
  writer.flush();
  return out.text;
}

json document(const Analysis* analysis, const std::string& verb, std::vector<std::string> words = {}) {
  words.insert(words.end(), {"--format", "json"});
  return json::parse(answer(analysis, verb, words));
}

std::uint64_t sum(const json& rows, const char* member) {
  std::uint64_t total = 0;
  for (const json& row : rows) total += row[member].get<std::uint64_t>();
  return total;
}

const json& row_with(const json& rows, const char* member, std::string_view value) {
  for (const json& row : rows)
    if (row[member] == value) return row;
  FAIL("no row with " << member << " " << value);
  return rows;
}

TEST_CASE("annotate: every byte is in one row") {
  const auto process = test::small_process();
  const json rows = document(process.get(), "annotate")["rows"];
  std::uint64_t mapped = 0;
  for (const json& row : rows)
    if (row["depth"] == 0) mapped += row["size"].get<std::uint64_t>();
  CHECK(sum(rows, "self") == mapped);
  CHECK(mapped == process->map.mapped_bytes());
  CHECK(rows.size() == process->map.nodes().size());
}

TEST_CASE("annotate: a row has its members, and null where nothing is known") {
  const auto process = test::small_process();
  const json rows = document(process.get(), "annotate")["rows"];
  const json& span = row_with(rows, "kind", "heap_span");
  CHECK(span == json::parse(R"({"begin":"0xc000000000","end":"0xc000002000","size":8192,
      "self":8192,"depth":2,"level":"block","kind":"heap_span","counter":"heap_inuse",
      "confidence":"exact","source":"mheap_.allspans[0]",
      "whole":{"begin":"0xc000000000","end":"0xc000002000"},"perm":"rw-p","file":null,
      "resident":8192,"detail":"512 of 512 objects, 16 bytes each, class 2"})"));
  const json& image = row_with(rows, "kind", "elf_image");
  CHECK(image["file"] == "/srv/gopher/memdemo");
  CHECK(image["counter"].is_null());
  const json& free_pages = row_with(rows, "kind", "free_pages");
  CHECK(free_pages["resident"] == 512 * kKiB);

  const auto silent = AnalysisBuilder().mapping(0x1000, 4096, "rw-p").build();  // a core says nothing of its pages
  const json silent_rows = document(silent.get(), "annotate")["rows"];
  for (const json& row : silent_rows) CHECK(row["resident"].is_null());
}

TEST_CASE("annotate: a thing in several mappings says what it is a part of") {
  const auto process = test::small_process();
  const json rows = document(process.get(), "annotate", {"--kind", "heap_arena"})["rows"];
  REQUIRE(rows.size() == 3);
  for (const json& row : rows) {
    CHECK(row["whole"] == json({{"begin", "0xc000000000"}, {"end", "0xc004000000"}}));
    CHECK(row["source"] == rows[0]["source"]);
  }
}

TEST_CASE("filters drop rows and say how much is gone") {
  const auto process = test::small_process();
  const json all = document(process.get(), "annotate");
  CHECK_FALSE(all.contains("omitted"));
  const auto kept = [&](std::vector<std::string> words) {
    const json some = document(process.get(), "annotate", std::move(words));
    CHECK(some["rows"].size() + some["omitted"]["rows"].get<std::size_t>() == all["rows"].size());
    CHECK(sum(some["rows"], "self") + some["omitted"]["self"].get<std::uint64_t>() == sum(all["rows"], "self"));
    return some["rows"];
  };
  CHECK(kept({"--kind", "*_stack"}).size() == 5);
  CHECK(kept({"--min-size", "500M"}).size() == 2);
  CHECK(kept({"--range", "c000000000+8K"}).size() == 3);
  CHECK(kept({"--rows", "4"}).size() == 4);
  CHECK(kept({"--rows", "0"}).empty());
}

TEST_CASE("--sort orders rows, the largest first") {
  const auto process = test::small_process();
  const json rows = document(process.get(), "annotate", {"--sort", "size", "--rows", "3"})["rows"];
  CHECK(rows[0]["size"] == 512 * kMiB);
  CHECK(rows[1]["kind"] == "page_summary");
  CHECK(rows[2]["size"] >= rows[1]["size"].get<std::uint64_t>() / 10);
  const json by_resident = document(process.get(), "annotate", {"--sort", "resident"})["rows"];
  CHECK(by_resident[0]["resident"] == 2 * kMiB);
  CHECK(by_resident.back()["resident"] == 0);
}

TEST_CASE("summary: the rows are the map, counted by wholes") {
  const auto process = test::small_process();
  const json rows = document(process.get(), "summary")["rows"];
  CHECK(sum(rows, "bytes") == process->map.mapped_bytes());
  CHECK(row_with(rows, "kind", "heap_arena")["count"] == 1);  // in three mappings
  CHECK(row_with(rows, "kind", "heap_arena")["bytes"] == 0);
  const json& spans = row_with(rows, "kind", "heap_span");
  CHECK(spans == json::parse(R"({"kind":"heap_span","counter":"heap_inuse","bytes":1966080,
      "resident":1966080,"count":240,"largest":8192})"));
  CHECK(row_with(rows, "kind", "page_summary")["largest"] == 512 * kMiB);
  CHECK(row_with(rows, "kind", "page_alloc_index")["resident"] == 12 * kKiB);
  CHECK(row_with(rows, "kind", "heap_index")["resident"] == 0);
  std::uint64_t resident = 0;
  for (const Mapping& mapping : process->target.mappings) resident += *mapping.resident;
  CHECK(sum(rows, "resident") == resident);
  for (const json& row : rows) CHECK(row["kind"] != "unknown");
}

TEST_CASE("summary: unknown is a row where bytes are unknown") {
  const auto process = AnalysisBuilder().mapping(0x1000, 4096, "rw-p").build();
  const json rows = document(process.get(), "summary")["rows"];
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["kind"] == "unknown");
  CHECK(rows[0]["bytes"] == 4096);
  CHECK(rows[0]["count"] == 1);
}

TEST_CASE("mappings are rows of annotate without bytes of their own, and no kind of summary") {
  const auto process = AnalysisBuilder()
                           .mapping(0x1000, 8192, "rw-p")
                           .mapping(0x5000, 4096, "r--p")
                           .region(Kind::allspans, 0x1000, 4096, Path::allspans_array)
                           .build();
  const json rows = document(process.get(), "annotate", {"--kind", "mapping"})["rows"];
  REQUIRE(rows.size() == 2);
  CHECK(sum(rows, "self") == 0);
  CHECK(sum(rows, "size") == process->map.mapped_bytes());
  CHECK(document(process.get(), "summary", {"--kind", "mapping"})["rows"].empty());
  const json by_mapping = document(process.get(), "summary", {"-d", "mapping,kind"})["rows"];
  for (const json& row : by_mapping) CHECK(row["kind"] != "mapping");

  const json unknown = document(process.get(), "annotate", {"--kind", "unknown"})["rows"];
  REQUIRE(unknown.size() == 2);
  CHECK(unknown[0]["begin"] == "0x2000");
  CHECK(unknown[0]["level"] == "region");
  CHECK(sum(unknown, "self") == 8192);
}

TEST_CASE("summary: other dimensions add up to the same") {
  const auto process = test::small_process();
  const json counters = document(process.get(), "summary", {"-d", "counter"})["rows"];
  CHECK(sum(counters, "bytes") == process->map.mapped_bytes());
  CHECK(row_with(counters, "counter", "stacks_inuse")["bytes"] == 128 * kKiB);
  CHECK(counters[0]["kind"].is_null());
  CHECK_FALSE(counters[0].contains("mapping"));

  const json mappings = document(process.get(), "summary", {"-d", "mapping,kind"})["rows"];
  CHECK(sum(mappings, "bytes") == process->map.mapped_bytes());
  CHECK(row_with(mappings, "kind", "heap_index")["mapping"] == "0x7ff171100000");
  // One summary level lies in one mapping, the other in two.
  std::size_t summaries = 0;
  for (const json& row : mappings) summaries += row["kind"] == "page_summary" ? 1 : 0;
  CHECK(summaries == 3);
}

TEST_CASE("reconcile: remainders, and --assert") {
  const auto process = test::small_process();
  const json said = document(process.get(), "reconcile");
  CHECK_FALSE(said.contains("rows"));
  const json& gc = row_with(said["memstats"], "field", "GCSys");
  CHECK(gc["residual"] == 4096);
  CHECK(gc["terms"][2] == json({{"name", "old arrays"}, {"bytes", 864}, {"placed", false}}));
  CHECK(gc["terms"][4]["bytes"] == -512);
  CHECK(row_with(said["memstats"], "field", "NumGC")["found"].is_null());
  CHECK(row_with(said["memstats"], "field", "NumGC")["residual"].is_null());
  CHECK(row_with(said["memstats"], "field", "GCCPUFraction")["counter"] == 0.25);
  CHECK(row_with(said["classes"], "name", "/memory/classes/other:bytes")["found"].is_null());
  CHECK(said["equations"][0]["residual"] == 0);
  CHECK(said["equations"][0]["terms"][0] == json({{"name", "reserved"}, {"bytes", 666894336}}));
  CHECK(said["equations"][1]["total"].is_null());

  bool failed = false;
  answer(process.get(), "reconcile", {}, &failed);
  CHECK_FALSE(failed);
  answer(process.get(), "reconcile", {"--assert"}, &failed);
  CHECK(failed);
  process->ledger.memstats[1].found = process->ledger.memstats[1].counter;
  answer(process.get(), "reconcile", {"--assert"}, &failed);
  CHECK_FALSE(failed);
  process->ledger.equations[0].total = 0;
  answer(process.get(), "reconcile", {"--assert"}, &failed);
  CHECK(failed);
}

TEST_CASE("check: a probe that does not hold fails, and notes are told") {
  AnalysisBuilder builder = test::small_process_builder();
  builder.analysis().findings.say(Severity::note, "overlap", "two claims overlap");
  const auto good = builder.build();
  bool failed = true;
  CHECK(answer(good.get(), "check", {}, &failed).find("note: two claims overlap") != std::string::npos);
  CHECK_FALSE(failed);
  CHECK(answer(good.get(), "annotate").find("two claims overlap") == std::string::npos);

  const auto bad = test::small_process_builder().probe("span_points_back", 10, 9).build();
  answer(bad.get(), "check", {}, &failed);
  CHECK(failed);
  const json rows = document(bad.get(), "check")["rows"];
  CHECK(row_with(rows, "name", "span_points_back")["first_failure"] == "0xbad000");
}

TEST_CASE("kinds and version need no target") {
  const json kinds = document(nullptr, "kinds");
  CHECK(kinds["target"].is_null());
  CHECK(kinds["rows"].size() == std::size(kKinds));
  const json& index = row_with(kinds["rows"], "id", "heap_index");
  CHECK(index["shown"] == "heap index");
  CHECK(index["counter"].is_null());
  CHECK(document(nullptr, "kinds", {"--kind", "*_pool", "--rows", "2"})["rows"].size() == 2);

  const json versions = document(nullptr, "version")["rows"];
  CHECK(row_with(versions, "name", "debugger")["version"] == "lldb 22");
  CHECK(row_with(versions, "name", "go")["version"].is_null());
  const auto process = test::small_process();
  CHECK(row_with(document(process.get(), "version")["rows"], "name", "go")["version"] == "go1.27.4");
}

TEST_CASE("the header says which target and how its layout is known") {
  const auto process = test::small_process();
  const json target = document(process.get(), "annotate")["target"];
  CHECK(target == json::parse(R"({"pid":4242,"core":null,"exe":"/srv/gopher/memdemo",
      "go_version":"go1.27.4","goarch":"amd64","origin":"live","layout":"dwarf",
      "page_size":4096})"));
}

TEST_CASE("the folded screen leaves no byte out") {
  const auto process = test::small_process();
  std::uint64_t outermost = 0;
  for (const ViewRow& row : fold(*process))
    if (row.depth == 0) outermost += row.size;
  CHECK(outermost == process->map.mapped_bytes());
}

TEST_CASE("many things in one mapping are shown by kind, unknown ones with their address") {
  AnalysisBuilder builder;
  builder.mapping(0x10000, 100 * 4096, "rw-p");
  for (std::uint32_t i = 0; i < 40; ++i)
    builder.region(i % 2 == 0 ? Kind::gc_bits_arena : Kind::trace_buffer, 0x10000 + i * 8192, 8192,
                   Path::gc_bits_arenas, i);
  const auto process = builder.build();
  const std::vector<ViewRow> rows = fold(*process);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].what == "one mapping, 41 things side by side");
  CHECK(rows[1].what == "unknown");
  CHECK(rows[2].label.find("20 ") != std::string::npos);
  CHECK(rows[1].size + rows[2].size + rows[3].size == rows[0].size);
}

TEST_CASE("nothing on a screen is wider than the screen") {
  const auto process = test::small_process();
  for (const char* verb : {"annotate", "summary", "reconcile", "check"}) {
    const std::string text = answer(process.get(), verb);
    for (const std::string& line : split(text, '\n')) CHECK(display_width(line) <= 120);
  }
}

TEST_CASE("partial answers say so in their totals") {
  AnalysisBuilder builder = test::small_process_builder();
  builder.analysis().findings.say(Severity::warning, "core_truncated", "the core is cut off");
  const auto process = builder.build();
  CHECK(document(process.get(), "annotate")["complete"] == false);
  for (const char* verb : {"annotate", "summary"}) {
    const std::string text = answer(process.get(), verb);
    CHECK(text.find("TOTAL (partial)") != std::string::npos);
    CHECK(text.find("warning: the core is cut off") != std::string::npos);
  }
}

}  // namespace
}  // namespace memmap
