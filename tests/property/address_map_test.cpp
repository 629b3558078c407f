// What must hold for every map: tried on 30,000 small random address spaces, where each byte
// can be asked on its own, and on a few large ones.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "map_oracle.h"
#include "support/catch.h"

namespace memmap {
namespace {

constexpr std::uint64_t kTop = ~std::uint64_t{0};
constexpr std::uint64_t kSize = 120;  // bytes of a small address space

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  template <class T>
  void shuffle(T& values) {
    std::ranges::shuffle(values, engine_);
  }

 private:
  std::mt19937 engine_;
};

struct Space {
  Address base;
  std::vector<Mapping> mappings;
  std::vector<Claim> claims;
  std::vector<PageRun> pages;
};

Mapping mapping(Address begin, std::uint64_t size) {
  Mapping m;
  m.range = {begin, begin + size};
  return m;
}

// Runs of any length inside one mapping, with holes; of all mixtures of flags.
void add_random_pages(Random& random, const Mapping& mapping, std::vector<PageRun>& pages) {
  for (Address at = mapping.range.begin; at < mapping.range.end;) {
    const std::uint64_t size = std::min(1 + random.below(9), mapping.range.end - at);
    if (random.below(3) != 0) pages.push_back({{at, at + size}, static_cast<std::uint8_t>(random.below(128))});
    at = at + size;
  }
}

Claim random_claim(Random& random, Address base) {
  static constexpr std::array kKinds = {Kind::heap_arena, Kind::persistent_chunk, Kind::heap_span,
                                        Kind::free_pages, Kind::elf_image,        Kind::stack_span};
  static constexpr std::array kPaths = {Path::arenas, Path::allspans};
  Claim claim;
  const Address begin = base + random.below(90);
  claim.range = {begin, begin + random.below(30)};                           // some are empty
  if (random.below(20) == 0) std::swap(claim.range.begin, claim.range.end);  // some wrap
  claim.kind = kKinds[random.below(kKinds.size())];
  claim.level = static_cast<Level>(1 + random.below(3));
  claim.confidence = static_cast<Confidence>(random.below(3));
  claim.path = kPaths[random.below(kPaths.size())];
  claim.index = static_cast<std::uint32_t>(random.below(3));
  return claim;
}

// Low, where Go's heap is, across [vsyscall], and up to the last address there is.
Space random_space(Random& random) {
  static constexpr std::array<std::uint64_t, 4> kBases = {0, 0xc000000000, 0xffffffffff600000 - 40, kTop - kSize};
  Space space;
  space.base = Address(kBases[random.below(kBases.size())]);
  const std::uint64_t end = 60 + random.below(61);  // claims may lie beyond every mapping
  for (std::uint64_t at = random.below(4); at < end;) {
    const std::uint64_t size = std::min(1 + random.below(20), kSize - at);
    space.mappings.push_back(mapping(space.base + at, size));
    if (random.below(2) == 0) space.mappings.back().resident = random.below(3) * size / 2;
    if (random.below(2) == 0) {
      space.mappings.back().pages_known = true;
      add_random_pages(random, space.mappings.back(), space.pages);
    }
    at += size + random.below(3) * random.below(5);
  }
  for (std::uint64_t n = random.below(14); n-- > 0;) space.claims.push_back(random_claim(random, space.base));
  return space;
}

std::uint64_t mapped_in(const Space& space) {
  std::uint64_t bytes = 0;
  for (const Mapping& m : space.mappings) bytes += m.range.size();
  return bytes;
}

// Each returns what is wrong, or nothing. One assertion for each map keeps 30,000 of them quick.

std::string check_sums(const Space& space, const AddressMap& map) {
  std::uint64_t self = 0, by_kind = 0;
  for (const Node& node : map.nodes()) {
    self += node.self_bytes;
    if (info(map.claim(node).kind).leftover && node.self_bytes != 0) return "a container has bytes of its own";
  }
  for (const KindInfo& kind : kKinds) by_kind += map.self_bytes(kind.kind);
  if (self != mapped_in(space)) return "self bytes are not the mapped bytes";
  if (by_kind != self) return "bytes by kind are not the self bytes";
  return map.mapped_bytes() == self ? "" : "mapped_bytes() is not their sum";
}

std::string check_nesting(const AddressMap& map) {
  const std::span<const Node> nodes = map.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& parent = nodes[i];
    Address at = parent.range.begin;
    for (std::size_t c = i + 1; c < i + parent.skip; c += nodes[c].skip) {
      const Node& child = nodes[c];
      if (c + child.skip > i + parent.skip) return "a child reaches behind its parent";
      if (child.range.empty() || child.range.begin < at || !parent.range.contains(child.range))
        return "children overlap or leave their parent";
      if (child.depth != parent.depth + 1 || child.mapping != parent.mapping) return "a child's depth or mapping";
      if (map.claim(child).level <= map.claim(parent).level && map.claim(child).path != Path::leftover)
        return "levels do not nest";
      at = child.range.end;
    }
  }
  return "";
}

std::string check_paths(const Space& space, const AddressMap& map) {
  const std::span<const Node> nodes = map.nodes();
  for (std::uint64_t i = 0; i <= kSize; ++i) {
    const Address a = space.base + i;
    const std::vector<const Node*> path = map.path_to(a);
    std::size_t at = 0;
    for (const Node& node : nodes)
      if (node.range.contains(a) && (at == path.size() || path[at++] != &node))
        return fmt::format("path to {:#x}", a.value());
    if (at != path.size()) return fmt::format("path to {:#x} is too long", a.value());
  }
  return "";
}

// -1 for unknown.
std::int64_t resident_of(const Space& space, const Node& node) {
  const Mapping& m = space.mappings[node.mapping];
  if (m.pages_known) {  // each byte asked on its own
    std::int64_t bytes = 0;
    for (Address a = node.range.begin; a < node.range.end; a = a + 1)
      bytes += std::ranges::any_of(space.pages, [a](const PageRun& run) {
        return run.range.contains(a) && (run.flags & 1) != 0 && (run.flags & 32) == 0 && (run.flags & 64) == 0;
      });
    return bytes;
  }
  if (!m.resident) return -1;
  const std::uint64_t resident = *m.resident;
  if (node.depth == 0 || resident == 0) return static_cast<std::int64_t>(resident);
  return resident == m.range.size() ? static_cast<std::int64_t>(node.range.size()) : -1;
}

std::string check_resident(const Space& space, const AddressMap& map) {
  for (const Node& node : map.nodes()) {
    const std::optional<std::uint64_t> resident = map.resident(node);
    const std::int64_t said = resident ? static_cast<std::int64_t>(*resident) : -1;
    if (said != resident_of(space, node)) return "resident";
  }
  return "";
}

std::uint64_t count_of(const Findings& findings, std::string_view message, Address* first) {
  for (const Findings::Entry& entry : findings.entries()) {
    if (entry.message.find(message) == std::string::npos) continue;
    *first = entry.examples.empty() ? Address{} : entry.examples.front();
    return entry.count;
  }
  return 0;
}

std::string check_notes(const oracle::Expected& expected, const Findings& findings) {
  Address cut, unmapped;
  if (count_of(findings, "overlapping claims", &cut) != expected.cut || cut != expected.first_cut)
    return "overlapping claims";
  if (count_of(findings, "claimed memory", &unmapped) != expected.unmapped || unmapped != expected.first_unmapped)
    return "claimed memory that is not mapped";
  return findings.partial() ? "a note makes the map partial" : "";
}

std::string check_one_more(Random& random, Space space, const AddressMap& before) {
  const Claim more = random_claim(random, space.base);
  space.claims.push_back(more);
  Findings findings;
  const AddressMap after = AddressMap::resolve(space.mappings, space.claims, findings);
  if (after.mapped_bytes() != before.mapped_bytes()) return "one more claim changed the total";
  if (std::string wrong = check_sums(space, after); !wrong.empty()) return "one more: " + wrong;
  for (std::uint64_t i = 0; i < kSize; ++i) {  // nothing changes where it is not
    const Address a = space.base + i;
    if (more.range.contains(a)) continue;
    if (!std::ranges::equal(
            before.path_to(a), after.path_to(a), {}, [&](const Node* n) { return before.claim(*n).kind; },
            [&](const Node* n) { return after.claim(*n).kind; }))
      return "one more claim changed bytes outside it";
  }
  return "";
}

std::string check_space(Random& random, const Space& space) {
  Findings findings;
  const AddressMap map = AddressMap::resolve(space.mappings, space.claims, findings, space.pages);
  const oracle::Expected expected = oracle::byte_by_byte(space.mappings, space.claims, space.base, kSize);
  if (oracle::rows_of(map) != expected.rows) return "nodes differ from the byte oracle";

  std::string wrong = check_notes(expected, findings);
  if (wrong.empty()) wrong = check_sums(space, map);
  if (wrong.empty()) wrong = check_nesting(map);
  if (wrong.empty()) wrong = check_paths(space, map);
  if (wrong.empty()) wrong = check_resident(space, map);
  if (wrong.empty()) wrong = check_one_more(random, space, map);
  if (!wrong.empty()) return wrong;

  Space shuffled = space;
  random.shuffle(shuffled.claims);
  Findings again;
  const AddressMap same = AddressMap::resolve(shuffled.mappings, shuffled.claims, again);
  if (oracle::rows_of(same) != expected.rows) return "the order of claims matters";
  return check_notes(expected, again);
}

// Thousands of claims in runs as annotators make them, some of them damaged.
Space large_space(Random& random, bool shuffled) {
  Space space;
  space.base = Address(0xc000000000);
  Address at = space.base;
  for (unsigned i = 0; i < 40; ++i) {
    space.mappings.push_back(mapping(at, (1 + random.below(64)) << 16));
    at = space.mappings.back().range.end + (random.below(3) << 16);
  }
  for (std::uint32_t i = 0; i < 6000; ++i) {
    const Address begin = space.base + (i + random.below(3)) * 0x4000;
    const std::uint64_t size = (1 + random.below(i % 100 == 0 ? 400 : 3)) << 13;
    const Kind kind = i % 10 == 0 ? Kind::heap_arena : Kind::heap_span;
    space.claims.push_back({{begin, begin + size},
                            i,
                            Path::allspans,
                            kind,
                            i % 10 == 0 ? Level::region : static_cast<Level>(2 + i % 2),
                            random.below(50) == 0 ? Confidence::guessed : Confidence::exact});
  }
  if (shuffled) random.shuffle(space.claims);
  return space;
}

}  // namespace

TEST_CASE("every byte of a small map belongs to the most trusted claim of each level") {
  for (unsigned seed = 0; seed < 30000; ++seed) {
    Random random(seed);
    const Space space = random_space(random);
    const std::string wrong = check_space(random, space);
    if (wrong.empty()) continue;
    INFO("seed " << seed << ": " << wrong);
    REQUIRE(wrong.empty());
  }
}

TEST_CASE("a large map is the one that laying claims out by trust gives") {
  for (unsigned seed = 0; seed < 12; ++seed) {
    Random random(seed);
    const Space space = large_space(random, seed % 2 == 1);
    Findings findings;
    const AddressMap map = AddressMap::resolve(space.mappings, space.claims, findings);
    INFO("seed " << seed);
    REQUIRE(oracle::rows_of(map) == oracle::most_trusted_first(space.mappings, space.claims));
    REQUIRE(check_sums(space, map) == "");
    REQUIRE(check_nesting(map) == "");
  }
}

TEST_CASE("the two oracles agree with each other") {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    const Space space = random_space(random);
    INFO("seed " << seed);
    REQUIRE(oracle::byte_by_byte(space.mappings, space.claims, space.base, kSize).rows ==
            oracle::most_trusted_first(space.mappings, space.claims));
  }
}

}  // namespace memmap
