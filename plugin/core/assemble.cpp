#include "assemble.h"

#include <utility>

namespace memmap {

std::unique_ptr<Analysis> assemble(Target target, Model model, std::vector<Claim> claims, Findings findings) {
  auto analysis = std::make_unique<Analysis>();
  analysis->target = std::move(target);
  analysis->model = std::move(model);
  analysis->findings = std::move(findings);
  analysis->map =
      AddressMap::resolve(analysis->target.mappings, std::move(claims), analysis->findings, analysis->target.pages);
  analysis->ledger = reconcile(analysis->target, analysis->model, analysis->map);
  return analysis;
}

}  // namespace memmap
