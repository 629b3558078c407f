// The answer: every mapped byte, once, under the most specific thing that claims it.
//
// A claim says "this range is a <kind>" at one of four levels. At each level a byte belongs
// to the most trusted claim that covers it; levels nest. That sentence is the whole
// specification, and tests/property/address_map_test.cpp checks it byte by byte.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/findings.h"
#include "map/claim.h"
#include "process/target.h"

namespace memmap {

// Nodes are stored in pre-order: a node's children follow it, and `skip` nodes later comes
// its next sibling. Printing the map is a loop; indentation is `depth`.
struct Node {
  AddressRange range;            // inside one mapping; the claim it is a part of may be larger
  std::uint64_t self_bytes = 0;  // bytes that no child covers
  std::uint32_t claim = 0;       // see AddressMap::claim; equal in all parts of one claim
  std::uint32_t skip = 1;
  std::uint32_t mapping = 0;  // index of the mapping it lies in
  std::uint8_t depth = 0;     // 0 for mappings
};

class AddressMap {
 public:
  // Claims may come in any order and overlap in any way; the result does not depend on the
  // order. Mappings and other containers (KindInfo::leftover) get a child for each gap between their
  // parts, so that bytes of their own they have none. Bytes claimed and not mapped, and claims cut
  // short, are reported to `findings` as notes; a guess that gives way is not. Mappings are sorted
  // and disjoint; claims at Level::mapping are the map's own and ignored. `pages` are
  // Target::pages.
  static AddressMap resolve(std::span<const Mapping> mappings, std::vector<Claim> claims, Findings& findings,
                            std::span<const PageRun> pages = {});

  std::span<const Node> nodes() const { return nodes_; }
  // What the node is a part of. A mapping's is its own; a leftover's is the gap.
  const Claim& claim(const Node& node) const {
    return node.claim < claims_.size() ? claims_[node.claim] : own_claims_[node.claim - claims_.size()];
  }
  // As they were handed to resolve.
  std::span<const Claim> claims() const { return claims_; }
  // Bytes of the node in physical memory, its children's too. A page that several nodes share
  // counts in each with the bytes that lie in it, so that the parts add up to the mapping's figure,
  // which is smaps' Rss. Nothing where only the mapping's figure is known; a mapping that is wholly
  // resident, or not at all, says it for its parts too.
  std::optional<std::uint64_t> resident(const Node& node) const;
  // From the mapping down to the innermost node at `a`. Empty if `a` is not mapped.
  std::vector<const Node*> path_to(Address a) const;
  std::uint64_t mapped_bytes() const;
  std::uint64_t mapped_bytes(AddressRange range) const;  // of it
  // Sum of self bytes over all nodes of a kind.
  std::uint64_t self_bytes(Kind kind) const { return self_[static_cast<std::size_t>(kind)]; }

 private:
  friend class MapBuilder;

  std::vector<Claim> claims_;
  std::vector<Claim> own_claims_;  // of mappings, then leftovers; numbered after claims_
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> mappings_;  // nodes of depth 0: one for each mapping, in order
  std::vector<std::uint32_t> regions_;   // nodes of depth 1
  std::vector<std::optional<std::uint64_t>> mapping_resident_;
  // Of each node, or kUnknown; empty where no mapping's pages are known.
  std::vector<std::uint64_t> resident_;
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  std::array<std::uint64_t, static_cast<std::size_t>(Kind::count_)> self_{};
};

}  // namespace memmap
