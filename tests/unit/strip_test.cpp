// The strip: every mapped byte once, in address order; columns that add up.
#include "view/strip.h"

#include "session.h"
#include "support/analysis_builder.h"
#include "support/ask.h"
#include "support/catch.h"
#include "support/string_output.h"

namespace memmap {
namespace {

using test::AnalysisBuilder;
using test::kKiB;

std::unique_ptr<Analysis> four_pieces() {
  AnalysisBuilder builder;
  builder.mapping(0x10000, 32 * kKiB, "rw-p").mapping(0x90000, 32 * kKiB, "---p");
  builder.region(Kind::persistent_chunk, 0x10000, 16 * kKiB, Path::persistent_chunks)
      .block(Kind::mspan_pool, 0x11000, 4 * kKiB, Path::spanalloc)
      .region(Kind::arena_reserve, 0x90000, 32 * kKiB, Path::cur_arena);
  return builder.build();
}

std::string letters(const std::vector<Run>& runs) {
  std::string text;
  for (const Run& run : runs) text += info(run.family).id.front();
  return text;
}

TEST_CASE("runs follow the address, and a hole is no byte") {
  const std::unique_ptr<Analysis> analysis = four_pieces();
  const Strip mapped = strip_of(*analysis, {}, StripView::mapped);
  CHECK(letters(mapped.runs) == "mur");  // metadata, unknown, reserved
  CHECK(mapped.bytes == 64 * kKiB);
  CHECK(mapped.runs[2].range == AddressRange{Address(0x90000), Address(0x98000)});
  CHECK(letters(strip_of(*analysis, {}, StripView::accessible).runs) == "mu");
  CHECK(strip_of(*analysis, {}, StripView::counted).bytes == 16 * kKiB);
}

TEST_CASE("a strip has what the map has, by family") {
  const std::unique_ptr<Analysis> analysis = test::small_process();
  const Strip strip = strip_of(*analysis, {}, StripView::mapped);
  std::array<std::uint64_t, kFamilyCount> wanted{};
  for (const KindInfo& kind : kKinds)
    wanted[static_cast<std::size_t>(family_of(kind.kind))] += analysis->map.self_bytes(kind.kind);
  CHECK(strip.of_family == wanted);
  CHECK(strip.bytes == analysis->map.mapped_bytes());
}

TEST_CASE("columns are equal parts, each what most of it is") {
  const std::unique_ptr<Analysis> analysis = four_pieces();
  const Strip strip = strip_of(*analysis, {}, StripView::mapped);
  CHECK(letters(columns_of(strip, 8)) == "mmuurrrr");
  CHECK(letters(columns_of(strip, 1)) == "r");
  CHECK(columns_of(strip, 1).front().range == AddressRange{Address(0x10000), Address(0x98000)});
  CHECK(columns_of(strip, 0).empty());
  CHECK(columns_of(Strip{}, 8).empty());
}

TEST_CASE("columns of any number have all bytes") {
  const Strip strip = strip_of(*test::small_process(), {}, StripView::mapped);
  for (const std::size_t wanted : {1U, 7U, 93U, 1152U, 4099U}) {
    const std::vector<Run> columns = columns_of(strip, wanted);
    CHECK(columns.size() == wanted);
    std::uint64_t bytes = 0;
    for (const Run& column : columns) bytes += column.bytes;
    CHECK(bytes == strip.bytes);
  }
}

TEST_CASE("families: reserved is what costs nothing, and the unknown is its own") {
  CHECK(family_of(Kind::page_summary) == Family::reserved);
  CHECK(family_of(Kind::page_alloc) == Family::metadata);
  CHECK(family_of(Kind::heap_index) == Family::metadata);
  CHECK(family_of(Kind::unknown) == Family::unknown);
  for (const FamilyInfo& family : kFamilies) CHECK(display_width(family.block) == 1);
}

TEST_CASE("the bar is as wide as the terminal, and no wider") {
  for (const unsigned columns : {40U, 80U, 200U}) {
    Session session(test::small_process());
    test::StringOutput out;
    out.columns = columns;
    const std::vector<std::string> words = {"summary", "--bar", "--rows", "0"};
    CHECK(test::ask(session, words, out).exit_code == 0);
    std::size_t widest = 0;
    for (const std::string& line : split(out.text, '\n')) {
      if (line.find("mapped") != 0) continue;
      widest = display_width(line);
    }
    CHECK(widest == columns);
  }
}

}  // namespace
}  // namespace memmap
