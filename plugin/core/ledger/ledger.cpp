#include "ledger/ledger.h"

#include "ledger/sums.h"

namespace memmap {

Ledger reconcile(const Target& target, const Model& model, const AddressMap& map) {
  const KindSums sums(target, map);
  Ledger ledger;
  ledger.memstats = memstats_lines(model, sums);
  ledger.classes = class_lines(model, sums);
  ledger.equations = equations(target, model, sums);
  ledger.mapped = map.mapped_bytes();
  ledger.unknown = sums.of(Kind::unknown);
  ledger.uncounted = sums.of(Counter::none) - ledger.unknown;
  return ledger;
}

}  // namespace memmap
