#include "annotate/annotate.h"

namespace memmap {

void claim_rounded(const Model& model, AddressRange range, Kind kind, Source source, std::vector<Claim>& claims) {
  if (range.empty()) return;
  claims.push_back({range, source.index, source.path, kind, Level::region, Confidence::exact});
  const Address end(round_up(range.end.value(), model.runtime.physical_page));
  if (end > range.end)
    claims.push_back(
        {{range.end, end}, source.index, Path::rounding, Kind::page_rounding, Level::region, Confidence::derived});
}

}  // namespace memmap
