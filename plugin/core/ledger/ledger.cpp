#include "ledger/ledger.h"

#include "ledger/sums.h"

namespace memmap {
namespace {

std::int64_t difference(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }

}  // namespace

Ledger reconcile(const Target& target, const Model& model, const AddressMap& map) {
  const Sums sums(target, map);
  Ledger ledger;
  ledger.memstats = memstats_lines(model, sums);
  ledger.classes = class_lines(model, sums);
  ledger.equations = equations(target, model, sums);
  ledger.mapped = map.mapped_bytes();
  ledger.unknown = sums.of(Kind::unknown);
  ledger.uncounted = sums.of(Counter::none) - ledger.unknown;
  return ledger;
}

std::optional<std::int64_t> residual(const MemStatsLine& line) {
  if (!line.counter || !line.found) return std::nullopt;
  return difference(*line.counter, *line.found);
}

std::optional<std::int64_t> residual(const ClassLine& line) {
  if (!line.found) return std::nullopt;
  return difference(line.counter, *line.found);
}

std::optional<std::int64_t> residual(const Equation& equation) {
  if (!equation.total) return std::nullopt;
  std::uint64_t sum = 0;
  for (const Term& term : equation.terms) sum += term.subtracted ? 0 - term.bytes : term.bytes;
  return difference(*equation.total, sum);
}

}  // namespace memmap
