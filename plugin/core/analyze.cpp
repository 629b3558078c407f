// The pipeline, top to bottom: source → map. No walker takes part.
#include "analyze.h"

namespace memmap {

Result<std::unique_ptr<Analysis>> analyze(TargetSource& source) {
  auto analysis = std::make_unique<Analysis>();
  Result<Target> target = source.open(analysis->findings);
  if (!target) return tl::unexpected<Fault>(target.error());
  source.close();
  analysis->target = std::move(*target);
  analysis->map = AddressMap::resolve(analysis->target.mappings, {}, analysis->findings);
  analysis->ledger.mapped = analysis->map.mapped_bytes();
  analysis->ledger.unknown = analysis->map.self_bytes(Kind::unknown);
  return analysis;
}

}  // namespace memmap
