#include "annotate/annotate.h"

namespace memmap {

void claim_rounded(const Model& model, const Claim& claim, std::vector<Claim>& claims) {
  if (claim.range.empty()) return;
  claims.push_back(claim);
  const Address begin = claim.range.end;
  const Address end(round_up(begin.value(), model.runtime.physical_page));
  if (begin < end)
    claims.push_back(
        {{begin, end}, claim.index, Path::rounding, Kind::page_rounding, Level::region, Confidence::derived});
}

}  // namespace memmap
