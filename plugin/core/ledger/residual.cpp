// Remainders: what the counters say and the map does not, with the sign.
#include "ledger/ledger.h"

namespace memmap {
namespace {

// Figures of a damaged target may be anything; the difference wraps instead of overflowing.
std::int64_t difference(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b); }

}  // namespace

std::optional<std::int64_t> residual(const MemStatsLine& line) {
  if (!line.counter || !line.found) return std::nullopt;
  return difference(*line.counter, *line.found);
}

std::optional<std::int64_t> residual(const ClassLine& line) {
  if (!line.counter || !line.found) return std::nullopt;
  return difference(*line.counter, *line.found);
}

std::optional<std::int64_t> residual(const Equation& equation) {
  if (!equation.total || !equation.terms_known) return std::nullopt;
  std::uint64_t sum = 0;
  for (const Term& term : equation.terms) sum += term.subtracted ? 0 - term.bytes : term.bytes;
  return difference(*equation.total, sum);
}

}  // namespace memmap
