// Exact text of each verb in each format. MEMMAP_UPDATE_GOLDEN=1 rewrites the files; the diff
// is the review.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "session.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/string_output.h"

namespace memmap {
namespace {

void compare(const std::string& name, const std::string& text) {
  const std::string path = std::string(MEMMAP_GOLDEN) + "/" + name;
  if (std::getenv("MEMMAP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream in(path);
  std::stringstream golden;
  golden << in.rdbuf();
  INFO(name);
  CHECK(text == golden.str());
}

void compare(Session& session, const std::string& name, const std::vector<std::string>& words, bool coloured = false) {
  test::StringOutput out;
  out.coloured = coloured;
  test::ask(session, words, out);
  compare(name, out.text);
}

TEST_CASE("screens of a small process") {
  Session session(test::small_process());
  compare(session, "annotate.txt", {"annotate"});
  compare(session, "annotate_colour.txt", {"annotate"}, true);
  compare(session, "annotate_bytes.txt", {"annotate", "--units", "bytes"});
  compare(session, "annotate_rows.txt", {"annotate", "--rows", "6"});
  compare(session, "annotate_kind.txt", {"annotate", "--kind", "*_stack"});
  compare(session, "annotate_largest.txt", {"annotate", "--sort", "size", "--rows", "5"});
  compare(session, "summary.txt", {"summary"});
  compare(session, "summary_counter.txt", {"summary", "-d", "counter"});
  compare(session, "summary_rows.txt", {"summary", "--rows", "4"});
  compare(session, "summary_bar.txt", {"summary", "--bar"});
  compare(session, "summary_bar_colour.txt", {"summary", "--bar", "--rows", "2"}, true);
  compare(session, "reconcile.txt", {"reconcile"});
  compare(session, "reconcile_all.txt", {"reconcile", "-v"});
  compare(session, "check.txt", {"check"});
  compare(session, "explain_slot.txt", {"explain", "c000000047"});
  compare(session, "explain_stack.txt", {"what", "c0001e0100"});
  compare(session, "explain_nowhere.txt", {"0xb000000000"});
}

TEST_CASE("documents of a small process") {
  Session session(test::small_process());
  for (const std::string format : {"json", "jsonl", "csv", "markdown"}) {
    compare(session, "summary." + format, {"summary", "--format", format});
    compare(session, "reconcile." + format, {"reconcile", "--format", format});
  }
  for (const std::string format : {"json", "jsonl", "csv"})
    compare(session, "explain." + format, {"explain", "c000000047", "--format", format});
  compare(session, "annotate.json", {"annotate", "--format", "json", "--range", "c0001e0000-c004000000"});
}

TEST_CASE("the screen of a damaged process names what is missing") {
  test::AnalysisBuilder builder;
  builder.mapping(0x400000, 0x1000, "r-xp", std::nullopt, "/tmp/a b\n\x1b[31m.out")
      .mapping(0x500000, 0x3000, "rw-p")
      .mapping(0x600000, 0x10000, "---p");
  builder.region(Kind::allspans, 0x501000, 0x1000, Path::allspans_array);
  Findings& findings = builder.analysis().findings;
  findings.say(Severity::error, "no_go", "no Go runtime in it");
  findings.add(Severity::warning, {FaultCode::implausible, "mspan.npages", Address(0xc000412340)});
  findings.add(Severity::warning, {FaultCode::implausible, "mspan.npages", Address(0xc000412360)});
  Session session(builder.build());
  compare(session, "damaged_annotate.txt", {"annotate"});
  compare(session, "damaged_summary.txt", {"summary"});
  compare(session, "damaged_annotate.csv", {"annotate", "--format", "csv"});
  compare(session, "damaged_reconcile.txt", {"reconcile"});
}

TEST_CASE("help and glossary") {
  Session session{std::unique_ptr<TargetSource>()};
  compare(session, "help.txt", {"help"});
  compare(session, "help_annotate.txt", {"help", "annotate"});
  compare(session, "kinds.txt", {"kinds", "--kind", "heap_*"});
}

}  // namespace
}  // namespace memmap
