// explain: one address, whatever lies there, and whatever it is called.
#include <nlohmann/json.hpp>

#include "places.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/elf_writer.h"
#include "support/string_output.h"
#include "support/temp_file.h"
#include "view/symbols.h"

namespace memmap {
namespace {

using nlohmann::json;
using test::AnalysisBuilder;
using test::StringOutput;

json explained(Session& session, const std::string& place, const DoorInfo& door = {}) {
  StringOutput out;
  REQUIRE(test::ask(session, {"explain", place, "--format", "json"}, out, door).exit_code == 0);
  return json::parse(out.text);
}

std::string refused(Session& session, const std::vector<std::string>& words) {
  StringOutput out;
  const Outcome outcome = test::ask(session, words, out);
  CHECK(outcome.exit_code == 64);
  CHECK(out.text.empty());
  return outcome.message;
}

TEST_CASE("explain: the path is annotate's rows, from mapping to slot") {
  Session session(test::small_process());
  const json said = explained(session, "c0001e0100");
  CHECK(said["verb"] == "explain");
  CHECK(said["address"] == "0xc0001e0100");
  CHECK_FALSE(said.contains("rows"));
  StringOutput all;
  test::ask(session, {"annotate", "--format", "json", "--range", "c0001e0100+1"}, all);
  CHECK(said["path"] == json::parse(all.text)["rows"]);
  std::vector<std::string> kinds;
  for (const json& row : said["path"]) kinds.push_back(row["kind"]);
  CHECK(kinds == std::vector<std::string>{"mapping", "heap_arena", "stack_span", "goroutine_stack"});
  CHECK(said["goroutine"] == 1);
  CHECK(said["object"].is_null());
}

TEST_CASE("explain: every address of a span is in one slot, or behind the last") {
  Session session(test::small_process());
  const json slot = explained(session, "c000002021");  // 32 bytes each
  CHECK(slot["object"] ==
        json({{"begin", "0xc000002020"}, {"end", "0xc000002040"}, {"size", 32}, {"index", 1}, {"count", 256}}));
  CHECK(slot["sentences"][0].get<std::string>().find("0xc000002021 is byte 1 of slot 1 (of 256, 32 bytes each) in ") ==
        0);
  CHECK(explained(session, "c000004000")["object"]["index"] == 0);
  CHECK(explained(session, "c000005fdf")["object"]["index"] == 169);  // 170 of 48 bytes, and 32 left
  CHECK(explained(session, "c000005fe0")["object"].is_null());
}

TEST_CASE("explain: where nothing is mapped, what is nearest") {
  Session session(test::small_process());
  const json said = explained(session, "0xb000000000");
  CHECK(said["path"].empty());
  REQUIRE(said["sentences"].size() == 3);
  CHECK(said["sentences"][0] == "0xb000000000 is not mapped");
  CHECK(said["sentences"][1].get<std::string>().find("0x580000-0x5a0000 rw-p, memdemo") != std::string::npos);
  CHECK(said["sentences"][2].get<std::string>().find("68,719,476,736 bytes below the mapping above it: ") == 0);
  CHECK(explained(session, "0")["sentences"].size() == 2);
  CHECK(explained(session, "ffffffffffffffff")["sentences"].size() == 2);
}

TEST_CASE("explain: what is no address is said, and other words for the verb are the verb") {
  Session session(test::small_process());
  CHECK(refused(session, {"explain"}) == "explain needs an address: memmap explain 0xc000012340, or a symbol.");
  CHECK(refused(session, {"explain", ""}) == "explain: ADDRESS is empty.");
  CHECK(refused(session, {"explain", "nobody"}) == "'nobody' is no address, and no symbol that memmap has read.");
  CHECK(refused(session, {"nobody"}) == "'nobody' is not a verb. 'memmap help' lists them.");
  CHECK(refused(session, {"explain", "c000000000", "--kind", "text"}).find("explain has no option --kind") == 0);
  CHECK(refused(session, {"explain", "c000000000", "-x"}).find("explain has no option -x") == 0);
  const auto text = [&](const std::vector<std::string>& words) {
    StringOutput out;
    CHECK(test::ask(session, words, out).exit_code == 0);
    return out.text;
  };
  const std::string once = text({"explain", "c000000040"});
  for (const std::string verb : {"whatis", "what"}) CHECK(text({verb, "0xc000000040"}) == once);
  CHECK(text({"c000000040"}) == once);
  CHECK(text({"0xc000000040", "--units", "auto"}) == once);
}

TEST_CASE("explain: an expression of a debugger's, with and without blanks") {
  Session session(test::small_process());
  DoorInfo door;
  door.address = [](std::string_view text) -> std::optional<Address> {
    return text == "$sp + -8" ? std::optional(Address(0xc000000040)) : std::nullopt;
  };
  StringOutput out;
  CHECK(test::ask(session, {"explain", "$sp", "+", "-8", "--format", "json"}, out, door).exit_code == 0);
  CHECK(json::parse(out.text)["address"] == "0xc000000040");
}

TEST_CASE("explain: no name of the target's can move the cursor or break a line") {
  AnalysisBuilder builder;
  builder.mapping(0x1000, 0x1000, "rw-p", std::nullopt, "/tmp/a\n\x1b[31m.out");
  Session session(builder.build());
  StringOutput out;
  test::ask(session, {"explain", "1800"}, out);
  CHECK(out.text.find("nothing that memmap has read explains it") != std::string::npos);
  CHECK(out.text.find('\x1b') == std::string::npos);
  CHECK(out.text.find("/tmp/a\n") == std::string::npos);
  CHECK(out.text.find(", a\n") == std::string::npos);
}

// A program with two symbols, mapped `bias` above where it was linked.
class Program {
 public:
  explicit Program(std::uint64_t bias) {
    test::ElfWriter elf;
    const std::uint64_t data = elf.section(".data", SHT_PROGBITS, std::string(256, 'x'));
    elf.symbol("runtime.mheap_", data, 128);
    elf.symbol("runtime.mheap_.inner", data + 64, 8);
    elf.symbol("main.init.0-4", data + 128, 16);
    elf.symbol("runtime.enoptrdata", data + 200, 0);
    at_ = Address(data + bias);
    file_.emplace(elf.finish());
    AnalysisBuilder builder;
    builder.mapping(test::ElfWriter::kBase + bias, 0x2000, "rw-p", std::nullopt, file_->path());
    ElfImageInMemory image;
    image.path = file_->path();
    image.parts = {{Address(test::ElfWriter::kBase + bias), Address(test::ElfWriter::kBase + bias + 0x2000)}};
    image.load_bias = bias;
    image.main_program = image.file_at_hand = true;
    builder.analysis().target.executable_file = file_->path();
    builder.analysis().model.native.images.push_back(image);
    analysis_ = builder.build();
  }
  const Analysis& analysis() const { return *analysis_; }
  Address at(std::uint64_t offset) const { return at_ + offset; }

 private:
  std::optional<test::TempFile> file_;
  Address at_;
  std::unique_ptr<Analysis> analysis_;
};

TEST_CASE("symbols: a name leads to its address and back, wherever the program was loaded") {
  const Program program(GENERATE(std::uint64_t{0}, std::uint64_t{0x10000000}));
  const Analysis& analysis = program.analysis();
  for (const char* const word : {"runtime.mheap_", "&runtime.mheap_", " & runtime.mheap_ "})
    CHECK(symbol_address(analysis, word) == program.at(0));
  for (const char* const word : {"&runtime.mheap_+8", "runtime.mheap_ + 8", "runtime.mheap_+0x8"})
    CHECK(symbol_address(analysis, word) == program.at(8));
  CHECK(symbol_address(analysis, "main.init.0-4") == program.at(128));
  CHECK(symbol_address(analysis, "main.init.0-4-0x80") == program.at(0));
  for (const char* const word : {"", "&", "runtime.mheap", "runtime.mheap_+x", "runtime.mheap_+", "+8"})
    CHECK_FALSE(symbol_address(analysis, word));

  const auto symbol = symbol_at(analysis, program.at(72));
  REQUIRE(symbol);
  CHECK(symbol->name == "runtime.mheap_");
  CHECK(symbol->offset == 72);
  CHECK(symbol->size == 128);
  CHECK(symbol_at(analysis, program.at(64))->name == "runtime.mheap_.inner");
  CHECK_FALSE(symbol_at(analysis, program.at(200)));
  CHECK_FALSE(symbol_at(analysis, Address(0x10)));
}

TEST_CASE("symbols: they count before a debugger's expressions, in ranges too") {
  const Program program(0);
  const AddressParser other = [](std::string_view) { return std::optional(Address(0x1234)); };
  const auto command = placed(test::command_of({"explain", "&runtime.mheap_+8"}), program.analysis(), other);
  REQUIRE(command);
  CHECK(command->address == program.at(8));
  const auto range = placed(test::command_of({"annotate", "--range", "runtime.mheap_+4K"}), program.analysis(), other);
  REQUIRE(range);
  CHECK(range->filter.range == AddressRange{program.at(0), program.at(4096)});
  CHECK(placed(test::command_of({"explain", "$sp"}), program.analysis(), other)->address == Address(0x1234));
}

}  // namespace
}  // namespace memmap
