#include <fmt/format.h>

#include "support/catch.h"
#include "words/command.h"
#include "words/parse.h"

namespace memmap {
namespace {

tl::expected<Command, std::string> parsed(const std::string& verb, std::vector<std::string> words) {
  words.insert(words.begin(), verb);
  return parse_command(words);
}

std::optional<AddressRange> range_of(std::string_view word) { return parse_range(word, parse_address); }

TEST_CASE("sizes take the usual suffixes and nothing else") {
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("64K") == 65536);
  CHECK(parse_size("64k") == 65536);
  CHECK(parse_size("1.5M") == 1536 * 1024);
  CHECK(parse_size("2GiB") == 2ULL << 30);
  CHECK(parse_size("0x1000") == 4096);
  CHECK_FALSE(parse_size(""));
  CHECK_FALSE(parse_size("K"));
  CHECK_FALSE(parse_size("64Q"));
  CHECK_FALSE(parse_size("-1"));
  CHECK_FALSE(parse_size("99999999999G"));
  CHECK_FALSE(parse_size("99999999999999999999"));
}

TEST_CASE("a range is two addresses, or an address and a size") {
  CHECK(range_of("0x1000-0x3000") == AddressRange{Address(0x1000), Address(0x3000)});
  CHECK(range_of("c000000000+64K") == AddressRange{Address(0xc000000000), Address(0xc000010000)});
  CHECK_FALSE(range_of("0x3000-0x1000"));
  CHECK_FALSE(range_of("0x1000"));
  CHECK_FALSE(range_of("0x1000+0"));
  CHECK_FALSE(range_of("ffffffffffffffff+64K"));
  CHECK_FALSE(range_of("+64K"));
}

TEST_CASE("in a debugger the address of a range is an expression") {
  const AddressParser expression = [](std::string_view word) -> std::optional<Address> {
    if (word == "$sp-8") return Address(0x7000);
    return std::nullopt;
  };
  CHECK(parse_range("$sp-8+16", expression) == AddressRange{Address(0x7000), Address(0x7010)});
}

TEST_CASE("patterns know star and question mark") {
  CHECK(matches("heap_*", "heap_span"));
  CHECK(matches("*", ""));
  CHECK(matches("*_pool", "mspan_pool"));
  CHECK(matches("t?xt", "text"));
  CHECK_FALSE(matches("heap", "heap_span"));
  CHECK_FALSE(matches("*span?", "heap_span"));
}

TEST_CASE("a slip is recognised, nonsense is not") {
  const std::string_view verbs[] = {"annotate", "summary", "reconcile"};
  CHECK(nearest("anotate", verbs) == "annotate");
  CHECK(nearest("sum", verbs) == "summary");
  CHECK_FALSE(nearest("xyzzy", verbs));
}

TEST_CASE("options become values") {
  const auto command =
      parsed("annotate", {"--format", "json", "--kind", "heap_*,text", "--range", "1000+1K", "--min-size=8K", "--sort",
                          "size", "--rows", "5", "--units", "KiB", "--strict", "-o", "out"});
  REQUIRE(command);
  CHECK(command->verb->name == "annotate");
  CHECK(command->output.format == "json");
  CHECK(command->filter.wants(Kind::heap_span));
  CHECK(command->filter.wants(Kind::text));
  CHECK_FALSE(command->filter.wants(Kind::data));
  CHECK(command->filter.range == AddressRange{Address(0x1000), Address(0x1400)});
  CHECK(command->filter.min_size == 8192);
  CHECK(command->order.sort == Sort::size);
  CHECK(command->order.rows == 5);
  CHECK(command->output.units == Unit::kib);
  CHECK(command->output.strict);
  CHECK(command->output.file == "out");
}

// Every option of every verb, so that none that is added can be forgotten.
TEST_CASE("a word that is empty is no word: each option says what it wants") {
  for (const Verb& verb : verbs()) {
    for (const OptionHelp& option : options_of(verb)) {
      if (option.word.empty()) continue;  // a flag, or a word without an option
      const std::string name(option.spelling.substr(option.spelling.rfind("--")));
      std::vector<std::vector<std::string>> spelled = {{name, ""}, {name + "="}, {name + "=", "all"}};
      if (option.spelling.find(',') != std::string_view::npos)
        spelled.push_back({std::string(option.spelling.substr(0, 2)), ""});
      for (std::vector<std::string> words : spelled) {
        if (!verb.steps.empty()) words.insert(words.begin(), std::string(verb.steps.front().word));
        CAPTURE(verb.name, words);
        const auto command = parsed(std::string(verb.name), words);
        REQUIRE_FALSE(command);
        CHECK(command.error() == fmt::format("{} needs a value: {}.", name, option.word));
      }
    }
  }
}

TEST_CASE("words without an option are not empty either") {
  CHECK(parsed("export", {""}).error() == "export: FORMAT is empty.");
  CHECK(parsed("export", {"html", "", "--", "b"}).error() == "export: A is empty.");
  CHECK(parsed("export", {"html", "a", "--", ""}).error() == "-- wants a second target behind it: A -- B.");
  CHECK(parsed("trace", {"report", ""}).error() == "trace: FILE is empty.");
  CHECK(parsed("trace", {"run", "--", ""}).error() == "trace run needs a program: memmap trace run -- PROGRAM WORDS.");
  CHECK(parsed("", {}).error() == "'' is not a verb. 'memmap help' lists them.");
  CHECK(parse_command({}).error() == "no verb. 'memmap help' lists them.");
}

TEST_CASE("a verb of several things has its step, and a program behind --") {
  const auto run = parsed("trace", {"run", "--hits", "3", "--", "prog", "--hits", "-h"});
  REQUIRE(run);
  CHECK(run->step->starts);
  CHECK(run->catches());
  CHECK(run->trace.hits == 3);
  CHECK(run->trace.program == std::vector<std::string>{"prog", "--hits", "-h"});
  CHECK_FALSE(parsed("trace", {"report", "f"})->catches());
  CHECK(parsed("trace", {"report", "f"})->trace.file == "f");
  CHECK(parsed("trace", {"--help"})->help);
  CHECK(parsed("trace", {"walk"}).error() ==
        "trace is followed by run, continue or report. 'memmap help trace' shows how.");
  CHECK(parsed("trace", {"continue", "--", "x"}).error().find("trace continue starts no program") == 0);
  CHECK(parsed("trace", {"run", "x", "--", "y"}).error() ==
        "trace run takes no argument 'x'; a program stands behind --.");
}

TEST_CASE("what needs a target says so before there is one") {
  CHECK(parsed("export", {"html", "a.core", "--", "live"})->needs_target());
  CHECK_FALSE(parsed("export", {"html", "a.core", "--", "b.core"})->takes_target());
  CHECK(parsed("kinds", {})->takes_target());
  CHECK_FALSE(parsed("install", {})->takes_target());
  CHECK_FALSE(parsed("annotate", {"-h"})->takes_target());
}

TEST_CASE("a range that is no hex waits for the target; what can be none is refused at once") {
  const auto later = parsed("annotate", {"--range", "$sp-256+16K"});
  REQUIRE(later);
  CHECK(later->range == "$sp-256+16K");
  CHECK_FALSE(later->filter.range);
  for (const char* const wrong : {"5", "3000-1000", "$sp", "1000+0"})
    CHECK_FALSE(parsed("annotate", {"--range", wrong}));
}

TEST_CASE("verbs have options of their own") {
  CHECK(parsed("reconcile", {"--assert", "-v"})->assert_zero);
  CHECK(parsed("annotate", {"--all"})->all);
  const auto summary = parsed("summary", {"-d", "counter,kind"});
  REQUIRE(summary);
  CHECK(summary->dimensions == std::vector<Dimension>{Dimension::counter, Dimension::kind});
  CHECK_FALSE(parsed("annotate", {"--assert"}));
}

TEST_CASE("wrong words get one sentence that says what to do") {
  CHECK(parsed("annotate", {"--formt", "json"}).error() == "annotate has no option --formt; did you mean --format?");
  CHECK(parsed("annotate", {"json"}).error() == "annotate takes no argument 'json'.");
  CHECK(parsed("annotate", {"--format", "xml"}).error() ==
        "--format knows no 'xml'; it takes text, json, jsonl, csv, markdown.");
  CHECK(parsed("annotate", {"--kind", "heap_spn"}).error() ==
        "--kind: no kind is called 'heap_spn'; did you mean heap_span?");
  CHECK(parsed("annotate", {"--range", "5"}).error() == "--range takes A-B or A+LEN, as in 0xc000000000+64K, not '5'.");
  CHECK(parsed("annotate", {"--rows", "-1"}).error().find("--rows") != std::string::npos);
  CHECK(parsed("annotate", {"--rows", "many"}).error() == "--rows takes a number, not 'many'.");
  CHECK(parsed("summary", {"-d", "colour"}).error() == "-d knows no 'colour'; it takes kind, counter, mapping.");
  CHECK(parsed("annotate", {"--format"}).error().find("--format") != std::string::npos);
}

}  // namespace
}  // namespace memmap
