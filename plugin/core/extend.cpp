#include "extend.h"

#include <fmt/format.h>

#include <map>

#include "assemble.h"
#include "base/large.h"
#include "base/text.h"

namespace memmap {
namespace {

// Bytes of each added claim that are on the map, in its order.
std::vector<std::uint64_t> placed_bytes(const AddressMap& map, std::size_t first_added, std::size_t count) {
  std::vector<std::uint64_t> placed(count, 0);
  for (const Node& node : map.nodes())
    if (node.claim >= first_added && node.claim - first_added < count)
      placed[node.claim - first_added] += node.range.size();
  return placed;
}

void note_missing(const AddressMap& map, std::size_t first_added, const std::vector<AddedClaim>& added,
                  Findings& findings) {
  const std::vector<std::uint64_t> placed = placed_bytes(map, first_added, added.size());
  struct Missing {
    std::uint64_t claims = 0;
    Address first;
  };
  std::map<std::string, Missing> by_annotator;
  for (std::size_t i = 0; i < added.size(); ++i) {
    if (placed[i] == added[i].range.size()) continue;
    Missing& missing = by_annotator[added[i].by];
    if (missing.claims++ == 0) missing.first = added[i].range.begin;
  }
  for (const auto& [by, missing] : by_annotator)
    findings.say(Severity::note, "added_claims",
                 fmt::format("annotator {}: {} not on the map in full, first at {}: nothing is mapped "
                             "there, or something more trusted is",
                             by, counted(missing.claims, "claim is", "claims are"), hex(missing.first)));
}

}  // namespace

std::shared_ptr<const Analysis> extend(const Analysis& analysis, const std::vector<AddedClaim>& added) {
  Model model = analysis.model;
  std::vector<Claim> claims;
  reserve_large(claims, analysis.map.claims().size() + added.size());
  claims.assign(analysis.map.claims().begin(), analysis.map.claims().end());
  const std::size_t first_added = claims.size();
  for (const AddedClaim& claim : added) {
    const auto index = static_cast<std::uint32_t>(model.added.size());
    model.added.push_back({claim.name, claim.by});
    claims.push_back({claim.range, index, Path::added, claim.kind, claim.level, claim.confidence});
  }
  std::unique_ptr<Analysis> extended = assemble(analysis.target, std::move(model), std::move(claims), {});
  extended->findings = analysis.findings;  // what resolve says of memmap's own claims was said before
  note_missing(extended->map, first_added, added, extended->findings);
  return extended;
}

}  // namespace memmap
