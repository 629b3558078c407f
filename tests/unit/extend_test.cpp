// Claims from outside: part of the map and its sums, trusted as they say.
#include "extend.h"

#include "support/analysis_builder.h"
#include "support/catch.h"
#include "view/node_facts.h"

namespace memmap {
namespace {

AddedClaim claim(std::uint64_t begin, std::uint64_t size, Kind kind, Level level, Confidence confidence) {
  return {{Address(begin), Address(begin + size)}, kind, level, confidence, "cache", "mine"};
}

std::uint64_t notes(const Analysis& analysis) {
  std::uint64_t count = 0;
  for (const Findings::Entry& entry : analysis.findings.entries()) count += entry.code == "added_claims" ? 1 : 0;
  return count;
}

TEST_CASE("an added claim is a node of its own and changes no total") {
  const auto process = test::small_process();
  const Address inside = Address(0xc000000000);
  REQUIRE(process->map.path_to(inside).size() >= 2);
  const auto with =
      extend(*process, {claim(0xc000000100, 256, Kind::anonymous_user, Level::slot, Confidence::derived)});
  const Node& node = *with->map.path_to(Address(0xc000000180)).back();
  CHECK(node.range.size() == 256);
  CHECK(facts_of(*with, node).detail == "cache (mine)");
  CHECK(facts_of(*with, node).kind == "anonymous_user");
  CHECK(with->map.mapped_bytes() == process->map.mapped_bytes());
  CHECK(with->map.self_bytes(Kind::anonymous_user) == 256);
  CHECK(with->map.self_bytes(Kind::heap_span) + 256 == process->map.self_bytes(Kind::heap_span));
  CHECK(notes(*with) == 0);
}

TEST_CASE("a claim that is nowhere, or less trusted than what is there, is noted") {
  const auto process = test::small_process();
  const auto nowhere = extend(*process, {claim(0x1000, 64, Kind::anonymous_user, Level::slot, Confidence::exact)});
  CHECK(notes(*nowhere) == 1);
  const auto under =
      extend(*process, {claim(0xc000000000, 8192, Kind::anonymous_user, Level::block, Confidence::guessed)});
  CHECK(notes(*under) == 1);
  CHECK(under->map.self_bytes(Kind::anonymous_user) == 0);
}

TEST_CASE("claims are added to added ones") {
  const auto process = test::small_process();
  const auto once = extend(*process, {claim(0xc000000000, 64, Kind::anonymous_user, Level::slot, Confidence::exact)});
  const auto twice = extend(*once, {claim(0xc000000100, 64, Kind::malloc_chunk, Level::slot, Confidence::exact)});
  CHECK(twice->map.self_bytes(Kind::anonymous_user) == 64);
  CHECK(twice->map.self_bytes(Kind::malloc_chunk) == 64);
  CHECK(facts_of(*twice, *twice->map.path_to(Address(0xc000000000)).back()).detail == "cache (mine)");
}

}  // namespace
}  // namespace memmap
