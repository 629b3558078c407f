#include "map_oracle.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

namespace memmap::oracle {
namespace {

Row row(AddressRange range, const Claim& claim, std::uint32_t depth, std::uint32_t mapping) {
  return {range, claim.range, claim.kind, claim.level, claim.confidence, claim.source(), depth, 1, mapping, 0};
}

bool is_container(Kind kind) {
  return kind == Kind::mapping || kind == Kind::heap_arena || kind == Kind::elf_image || kind == Kind::malloc_arena ||
         kind == Kind::persistent_chunk;
}

Row leftover(const Row& parent, AddressRange gap) {
  Row row = parent;
  row.range = row.whole = gap;
  row.kind = parent.kind == Kind::persistent_chunk ? Kind::persistent_other : Kind::unknown;
  row.level = parent.level == Level::mapping  ? Level::region
              : parent.level == Level::region ? Level::block
                                              : Level::slot;
  row.confidence = Confidence::derived;
  row.source = {Path::leftover, 0};
  ++row.depth;
  return row;
}

void add_leftovers(const std::vector<Row>& rows, std::vector<Row>& out) {
  std::vector<std::pair<Row, Address>> open;  // and how far its children reach
  const auto gap = [&](Address end) {
    auto& [parent, reached] = open.back();
    if (is_container(parent.kind) && reached < end) out.push_back(leftover(parent, {reached, end}));
  };
  for (const Row& row : rows) {
    for (; !open.empty() && open.back().first.depth >= row.depth; open.pop_back()) gap(open.back().first.range.end);
    if (!open.empty()) {
      gap(row.range.begin);
      open.back().second = row.range.end;
    }
    out.push_back(row);
    open.push_back({row, row.range.begin});
  }
  for (; !open.empty(); open.pop_back()) gap(open.back().first.range.end);
}

std::uint32_t mapping_at(std::span<const Mapping> mappings, Address a) {
  std::uint32_t i = 0;
  while (i < mappings.size() && !mappings[i].range.contains(a)) ++i;
  return i;
}

// Written out here too: a mistake in the library's order must not be shared.
auto trust(const Claim& c) {
  return std::tuple(-static_cast<int>(c.confidence), c.range.end - c.range.begin, c.range.begin,
                    static_cast<int>(c.kind), static_cast<int>(c.path), c.index);
}

bool real(const Claim& claim, int level) {
  return static_cast<int>(claim.level) == level && claim.range.begin < claim.range.end;
}

const Claim* best_at(std::span<const Claim> claims, int level, Address a) {
  const Claim* best = nullptr;
  for (const Claim& claim : claims)
    if (real(claim, level) && claim.range.begin <= a && a < claim.range.end &&
        (best == nullptr || trust(claim) < trust(*best)))
      best = &claim;
  return best;
}

struct Byte {
  std::uint32_t mapping = 0;
  std::array<const Claim*, 4> best{};
};

void note_losers(std::span<const Claim> claims, const std::vector<Byte>& bytes, Address base, Expected& expected) {
  for (const Claim& claim : claims) {
    if (claim.confidence == Confidence::guessed) continue;
    const auto level = static_cast<std::size_t>(claim.level);
    for (Address a = claim.range.begin; a < claim.range.end; a = a + 1) {
      if (level == 0 || bytes[a - base].best[level] == &claim) continue;
      if (expected.cut == 0 || a < expected.first_cut) expected.first_cut = a;
      ++expected.cut;
      break;
    }
  }
}

void note_unmapped(const std::vector<Byte>& bytes, std::size_t mappings, Address base, Expected& expected) {
  for (std::size_t level = 1; level < 4; ++level) {
    const Claim* run = nullptr;
    bool noted = false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i].best[level] != run) noted = false;
      run = bytes[i].best[level];
      if (run == nullptr || bytes[i].mapping != mappings || noted) continue;
      noted = true;
      if (expected.unmapped == 0 || base + i < expected.first_unmapped) expected.first_unmapped = base + i;
      ++expected.unmapped;
    }
  }
}

// Rows that end at this byte are left; rows that begin here are added.
void add_rows(std::span<const Mapping> mappings, const Byte& byte, const Byte& before, Address a,
              std::vector<Row>& rows, std::vector<std::size_t>& open) {
  bool same = byte.mapping == before.mapping;
  std::uint32_t depth = 0;
  for (std::size_t level = 0; level < 4; ++level) {
    same = same && byte.best[level] == before.best[level];
    if (level > 0 && byte.best[level] == nullptr) continue;
    if (!same) {
      open.resize(depth);
      open.push_back(rows.size());
      const Claim mapping{
          mappings[byte.mapping].range, byte.mapping, Path::mapping, Kind::mapping, Level::mapping, Confidence::exact};
      rows.push_back(row({a, a}, level == 0 ? mapping : *byte.best[level], depth, byte.mapping));
    }
    ++depth;
  }
  open.resize(depth);
  for (const std::size_t i : open) rows[i].range.end = a + 1;
}

// The claims of one level, disjoint: the more trusted keeps what two want.
using Laid = std::vector<std::pair<AddressRange, const Claim*>>;

Laid lay_out(std::span<const Claim> claims, int level) {
  std::vector<const Claim*> by_trust;
  for (const Claim& claim : claims)
    if (real(claim, level)) by_trust.push_back(&claim);
  std::ranges::sort(by_trust, [](auto* a, auto* b) { return trust(*a) < trust(*b); });

  std::map<Address, std::pair<Address, const Claim*>> laid;  // begin → end, claim
  for (const Claim* claim : by_trust) {
    Address at = claim->range.begin;
    auto next = laid.upper_bound(at);
    if (next != laid.begin()) at = std::max(at, std::prev(next)->second.first);
    while (at < claim->range.end) {
      const Address end = next == laid.end() ? claim->range.end : std::min(claim->range.end, next->first);
      if (at < end) laid.emplace_hint(next, at, std::pair(end, claim));
      if (next == laid.end()) break;
      at = std::max(at, next->second.first);
      ++next;
    }
  }
  Laid pieces;
  for (const auto& [begin, rest] : laid) pieces.push_back({{begin, rest.first}, rest.second});
  return pieces;
}

// Puts each piece into the innermost rows that it crosses. `cover` is disjoint and sorted; it
// is every mapped byte's innermost row so far.
std::vector<Row> nest(const std::vector<Row>& cover, const Laid& pieces, std::vector<Row>& rows) {
  std::vector<Row> inner;
  std::size_t first = 0;
  for (const Row& outer : cover) {
    while (first < pieces.size() && pieces[first].first.end <= outer.range.begin) ++first;
    Row rest = outer;
    for (std::size_t i = first; i < pieces.size() && pieces[i].first.begin < outer.range.end; ++i) {
      const AddressRange part = pieces[i].first.intersect(outer.range);
      rest.range.end = part.begin;
      if (!rest.range.empty()) inner.push_back(rest);
      rows.push_back(row(part, *pieces[i].second, outer.depth + 1, outer.mapping));
      inner.push_back(rows.back());
      rest.range = {part.end, outer.range.end};
    }
    if (!rest.range.empty()) inner.push_back(rest);
  }
  return inner;
}

}  // namespace

std::vector<Row> rows_of(const AddressMap& map) {
  std::vector<Row> rows;
  for (const Node& node : map.nodes()) {
    rows.push_back(row(node.range, map.claim(node), node.depth, node.mapping));
    rows.back().skip = node.skip;
    rows.back().self_bytes = node.self_bytes;
  }
  return rows;
}

std::vector<Row> complete(std::vector<Row> rows) {
  std::vector<Row> all;
  add_leftovers(rows, all);
  std::uint32_t leftovers = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Row& parent = all[i];
    if (parent.source.path == Path::leftover) parent.source.index = leftovers++;
    parent.self_bytes = parent.range.size();
    std::size_t child = i + 1;
    for (; child < all.size() && all[child].depth > parent.depth; ++child)
      if (all[child].depth == parent.depth + 1) parent.self_bytes -= all[child].range.size();
    parent.skip = static_cast<std::uint32_t>(child - i);
  }
  return all;
}

Expected byte_by_byte(std::span<const Mapping> mappings, std::span<const Claim> claims, Address base,
                      std::uint64_t size) {
  Expected expected;
  std::vector<Byte> bytes;
  for (std::uint64_t i = 0; i < size; ++i) {
    Byte byte{mapping_at(mappings, base + i), {}};
    for (int level = 1; level < 4; ++level)
      byte.best[static_cast<std::size_t>(level)] = best_at(claims, level, base + i);
    bytes.push_back(byte);
  }
  note_losers(claims, bytes, base, expected);
  note_unmapped(bytes, mappings.size(), base, expected);

  std::vector<Row> rows;
  std::vector<std::size_t> open;
  Byte before{static_cast<std::uint32_t>(mappings.size()), {}};
  for (std::uint64_t i = 0; i < size; ++i) {
    if (bytes[i].mapping != mappings.size()) add_rows(mappings, bytes[i], before, base + i, rows, open);
    before = bytes[i];
  }
  expected.rows = complete(std::move(rows));
  return expected;
}

std::vector<Row> most_trusted_first(std::span<const Mapping> mappings, std::span<const Claim> claims) {
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < mappings.size(); ++i)
    rows.push_back(row(mappings[i].range,
                       {mappings[i].range, i, Path::mapping, Kind::mapping, Level::mapping, Confidence::exact}, 0, i));
  std::vector<Row> cover = rows;
  for (const int level : {1, 2, 3}) cover = nest(cover, lay_out(claims, level), rows);
  std::ranges::sort(rows, [](const Row& a, const Row& b) {
    return std::tuple(a.range.begin, a.depth) < std::tuple(b.range.begin, b.depth);
  });
  return complete(std::move(rows));
}

}  // namespace memmap::oracle
