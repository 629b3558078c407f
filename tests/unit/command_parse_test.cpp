#include "support/catch.h"
#include "words/options.h"
#include "words/parse.h"

namespace memmap {
namespace {

tl::expected<Options, std::string> parsed(const std::string& verb, std::vector<std::string> words) {
  return parse_options(verb, words, parse_address);
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
  const auto options =
      parsed("annotate", {"--format", "json", "--kind", "heap_*,text", "--range", "1000+1K", "--min-size=8K", "--sort",
                          "size", "--rows", "5", "--units", "KiB", "--strict", "-o", "out"});
  REQUIRE(options);
  CHECK(options->format == "json");
  CHECK(options->wants(Kind::heap_span));
  CHECK(options->wants(Kind::text));
  CHECK_FALSE(options->wants(Kind::data));
  CHECK(options->range == AddressRange{Address(0x1000), Address(0x1400)});
  CHECK(options->min_size == 8192);
  CHECK(options->sort == Sort::size);
  CHECK(options->rows == 5);
  CHECK(options->units == Unit::kib);
  CHECK(options->strict);
  CHECK(options->output == "out");
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
