// The map by example: what a reader of `annotate` relies on. What must hold for any input is
// in tests/property.
#include "map/address_map.h"
#include "support/catch.h"
#include "support/map_text.h"

namespace memmap {
namespace {

using text::lines;
using text::resolved;

AddressMap map_of(const std::string& input, Findings& findings) {
  text::Input parsed = text::parse(input);
  return AddressMap::resolve(parsed.mappings, std::move(parsed.claims), findings);
}

AddressMap map_of(const std::string& input) {
  Findings findings;
  return map_of(input, findings);
}

}  // namespace

TEST_CASE("an input line that is not understood fails") {
  CHECK_THROWS(text::parse("block heap_span 0xc000000000+8K exactly"));
  CHECK_THROWS(text::parse("block heap_spam 0xc000000000+8K"));
  CHECK_THROWS(text::parse("blocks heap_span 0xc000000000+8K"));
  CHECK_THROWS(text::parse("mapping 0xc000000000+8Q rw"));
}

TEST_CASE("a mapping that nothing explains is unknown") {
  CHECK(resolved("mapping 0x1000+4K rw") == lines(R"(
    mapping 0x1000+4K self 0
      unknown 0x1000+4K self 4K
  )"));
  const AddressMap map = map_of("mapping 0x1000+4K rw");
  CHECK(map.claim(map.nodes()[1]).level == Level::region);
  CHECK(map.claim(map.nodes()[1]).source().path == Path::leftover);
  CHECK(resolved("").empty());
}

TEST_CASE("an arena that the kernel has split is a node in each mapping, of one claim") {
  const std::string input = R"(
    mapping 0xc000000000+4M rw
    mapping 0xc000400000+60M ---
    region  heap_arena    0xc000000000+64M arenas[5132]
    block   heap_span     0xc000000000+8K  allspans[0]
    block   arena_reserve 0xc000400000+60M arenas[5132])";
  CHECK(resolved(input) == lines(R"(
    mapping 0xc000000000+4M self 0
      heap_arena 0xc000000000+4M self 0
        heap_span 0xc000000000+8K self 8K
        unknown 0xc000002000+4088K self 4088K
    mapping 0xc000400000+60M self 0
      heap_arena 0xc000400000+60M self 0
        arena_reserve 0xc000400000+60M self 60M
  )"));

  const AddressMap map = map_of(input);
  const Node& first = map.nodes()[1];
  const Node& second = map.nodes()[5];
  CHECK(first.claim == second.claim);
  CHECK(map.claim(first).range.size() == 64u << 20);
  CHECK(describe(map.claim(second).source()) == "mheap_.arenas[0][5132]");
  CHECK(first.mapping == 0);
  CHECK(second.mapping == 1);
}

TEST_CASE("what the parts of a container leave is a part, numbered in address order") {
  const AddressMap map = map_of(R"(
    mapping 0x10000+64K rw
    region  persistent_chunk 0x10000+32K
    block   mspan_pool       0x11000+4K
    region  heap_arena       0x18000+32K)");
  CHECK(text::print(map) == lines(R"(
    mapping 0x10000+64K self 0
      persistent_chunk 0x10000+32K self 0
        persistent_other 0x10000+4K self 4K
        mspan_pool 0x11000+4K self 4K
        persistent_other 0x12000+24K self 24K
      heap_arena 0x18000+32K self 0
        unknown 0x18000+32K self 32K
  )"));
  const Claim& last = map.claim(map.nodes()[6]);
  CHECK(last.source() == Source{Path::leftover, 2});
  CHECK(last.level == Level::block);
  CHECK(last.confidence == Confidence::derived);
  CHECK(last.range == map.nodes()[6].range);
  CHECK(map.self_bytes(Kind::persistent_other) == 28u << 10);
  CHECK(map.self_bytes(Kind::persistent_chunk) == 0);
}

TEST_CASE("a container split by mappings has its leftovers in each") {
  CHECK(resolved(R"(
    mapping 0x10000+8K rw
    mapping 0x12000+8K r
    region  heap_arena 0x10000+16K
    block   heap_span  0x11000+4K)") == lines(R"(
    mapping 0x10000+8K self 0
      heap_arena 0x10000+8K self 0
        unknown 0x10000+4K self 4K
        heap_span 0x11000+4K self 4K
    mapping 0x12000+8K self 0
      heap_arena 0x12000+8K self 0
        unknown 0x12000+8K self 8K
  )"));
}

TEST_CASE("the more trusted claim keeps the overlap and the other is cut") {
  CHECK(resolved(R"(
    mapping 0x10000+64K rw
    block   heap_span  0x10000+32K
    block   free_pages 0x14000+8K
    block   stack_span 0x17000+20K derived)") == lines(R"(
    mapping 0x10000+64K self 0
      heap_span 0x10000+16K self 16K
      free_pages 0x14000+8K self 8K
      heap_span 0x16000+8K self 8K
      stack_span 0x18000+16K self 16K
      unknown 0x1c000+16K self 16K
  )"));
}

TEST_CASE("of equals the smaller wins, then the lower") {
  CHECK(resolved(R"(
    mapping 0x10000+16K rw
    block   heap_span  0x11000+8K
    block   free_pages 0x10000+8K)") == lines(R"(
    mapping 0x10000+16K self 0
      free_pages 0x10000+8K self 8K
      heap_span 0x12000+4K self 4K
      unknown 0x13000+4K self 4K
  )"));
}

TEST_CASE("a slot may stand in a region, and a block in a mapping") {
  CHECK(resolved(R"(
    mapping 0x10000+16K rw
    region  heap_arena      0x10000+8K
    slot    goroutine_stack 0x10000+4K
    block   heap_span       0x11000+8K)") == lines(R"(
    mapping 0x10000+16K self 0
      heap_arena 0x10000+8K self 0
        goroutine_stack 0x10000+4K self 4K
        heap_span 0x11000+4K self 4K
      heap_span 0x12000+4K self 4K
      unknown 0x13000+4K self 4K
  )"));
}

TEST_CASE("the names that the kernel keeps vanish under anything better") {
  Findings findings;
  const AddressMap map = map_of(R"(
    mapping 0x10000+16K rw
    region  anonymous_user 0x10000+16K guessed native[0]
    region  shared_memory  0x12000+8K)",
                                findings);
  CHECK(text::print(map) == lines(R"(
    mapping 0x10000+16K self 0
      anonymous_user 0x10000+8K self 8K
      shared_memory 0x12000+8K self 8K
  )"));
  CHECK(findings.entries().empty());  // a guess is meant to give way
}

TEST_CASE("overlaps and claims of unmapped memory are noted, and are no failure") {
  Findings findings;
  map_of(R"(
    mapping 0x10000+16K rw
    block   heap_span  0x10000+8K
    block   free_pages 0x11000+4K
    block   heap_span  0x20000+8K
    region  heap_arena 0xf000+8K)",
         findings);
  REQUIRE(findings.entries().size() == 2);
  CHECK(findings.entries()[0].message == "overlapping claims implausible");
  CHECK(findings.entries()[0].count == 1);
  CHECK(findings.entries()[0].examples == std::vector{Address(0x11000)});
  CHECK(findings.entries()[1].message == "mapping of claimed memory not found");
  CHECK(findings.entries()[1].count == 2);
  CHECK(findings.entries()[1].examples == std::vector{Address(0xf000)});
  CHECK_FALSE(findings.partial());
}

TEST_CASE("claims that cover nothing are nothing") {
  Findings findings;
  text::Input input = text::parse("mapping 0x10000+16K rw\nblock heap_span 0x10000+0");
  input.claims.push_back({{Address(0x12000), Address(0x11000)}});
  const AddressMap map = AddressMap::resolve(input.mappings, input.claims, findings);
  CHECK(text::print(map) == "mapping 0x10000+16K self 0\n  unknown 0x10000+16K self 16K\n");
  CHECK(findings.entries().empty());
}

TEST_CASE("the top of the address space is mapped like the rest") {
  Findings findings;
  text::Input input = text::parse("mapping 0xffffffffff600000+4K x");
  Mapping last;
  last.range = {Address(~0xfffull), Address(~0ull)};
  input.mappings.push_back(last);
  input.claims.push_back({input.mappings[0].range, 0, Path::native, Kind::vsyscall});
  input.claims.push_back({last.range, 0, Path::native, Kind::anonymous_user});
  const AddressMap map = AddressMap::resolve(input.mappings, input.claims, findings);
  CHECK(text::print(map) == lines(R"(
    mapping 0xffffffffff600000+4K self 0
      vsyscall 0xffffffffff600000+4K self 4K
    mapping 0xfffffffffffff000+4095 self 0
      anonymous_user 0xfffffffffffff000+4095 self 4095
  )"));
  CHECK(map.path_to(Address(~0ull - 1)).size() == 2);
  CHECK(map.path_to(Address(~0ull)).empty());
  CHECK(findings.entries().empty());
}

TEST_CASE("the path to an address goes from its mapping to its slot") {
  const AddressMap map = map_of(R"(
    mapping 0x10000+64K rw
    mapping 0x30000+4K rw
    region  heap_arena      0x10000+64K
    block   stack_span      0x12000+32K
    slot    goroutine_stack 0x12000+2K
    slot    free_stack      0x13000+2K)");
  const auto kinds_at = [&map](std::uint64_t a) {
    std::string kinds;
    for (const Node* node : map.path_to(Address(a))) kinds += fmt::format("{} ", info(map.claim(*node).kind).id);
    return kinds;
  };
  CHECK(kinds_at(0x13000) == "mapping heap_arena stack_span free_stack ");
  CHECK(kinds_at(0x13800) == "mapping heap_arena stack_span ");
  CHECK(kinds_at(0x11fff) == "mapping heap_arena unknown ");
  CHECK(kinds_at(0x30000) == "mapping unknown ");
  CHECK(kinds_at(0x20000).empty());
  CHECK(kinds_at(0xffff).empty());
}

TEST_CASE("parts know their residency only where the mapping is all or nothing") {
  const AddressMap map = map_of(R"(
    mapping 0x10000+8K rw resident=8K
    mapping 0x20000+8K rw resident=0
    mapping 0x30000+8K rw resident=4K
    mapping 0x40000+8K rw
    block   heap_span 0x10000+4K
    block   heap_span 0x20000+4K
    block   heap_span 0x30000+4K
    block   heap_span 0x40000+4K)");
  std::vector<std::optional<std::uint64_t>> resident;
  for (const Node& node : map.nodes()) resident.push_back(map.resident(node));
  CHECK(resident == std::vector<std::optional<std::uint64_t>>{8192, 4096, 4096, 0, 0, 0, 4096, std::nullopt,
                                                              std::nullopt, std::nullopt, std::nullopt, std::nullopt});
}

TEST_CASE("the bytes of a page that pieces share go to each as far as they lie in it") {
  text::Input input = text::parse(R"(
    mapping 0x10000+16K rw
    mapping 0x20000+8K rw
    region  persistent_chunk 0x10000+16K
    block   mspan_pool       0x10000+1K
    block   profile_bucket   0x10400+8K)");
  input.mappings[0].pages_known = true;
  const std::uint8_t present = std::uint8_t{} | PageFlag::present;
  const std::vector<PageRun> pages = {{{Address(0x10000), Address(0x11000)}, present},
                                      {{Address(0x11000), Address(0x12000)}, present | PageFlag::zero},
                                      {{Address(0x12000), Address(0x13000)}, present | PageFlag::huge},
                                      {{Address(0x13000), Address(0x14000)}, std::uint8_t{} | PageFlag::swapped}};
  Findings findings;
  const AddressMap map = AddressMap::resolve(input.mappings, input.claims, findings, pages);
  std::vector<std::optional<std::uint64_t>> resident;
  for (const Node& node : map.nodes()) resident.push_back(map.resident(node));
  // The mapping, the chunk, 1 KiB of the first page; the rest of it and 1 KiB of the third; the rest of that.
  CHECK(resident ==
        std::vector<std::optional<std::uint64_t>>{8192, 8192, 1024, 3072 + 1024, 3072, std::nullopt, std::nullopt});
}

}  // namespace memmap
