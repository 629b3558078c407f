// Does it add up? The runtime's counters on one side, what the map and the walk found on the
// other. Differences are printed with their sign, never absorbed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "map/address_map.h"
#include "model/model.h"
#include "process/target.h"

namespace memmap {

struct Term {
  std::string name;
  std::uint64_t bytes = 0;
  bool placed = true;  // false: the size is known and the place is not
  bool subtracted = false;
};

// One MemStats field: what runtime.ReadMemStats would return now, and the same from structures.
struct MemStatsLine {
  std::string_view field;
  std::optional<std::uint64_t> counter;  // empty where it cannot be read
  std::optional<double> fraction;        // GCCPUFraction, the one field that is not an integer
  std::optional<std::uint64_t> found;    // empty where structures cannot tell
  std::vector<Term> terms;
  std::string reason;
};

// One runtime/metrics memory class, unflushed as metrics.Read gives it.
struct ClassLine {
  std::string_view name;
  std::optional<std::uint64_t> counter;
  std::optional<std::uint64_t> found;
};

// total = Σ terms + residual. The total comes from elsewhere than the map.
struct Equation {
  std::string_view name;
  std::optional<std::uint64_t> total;
  std::vector<Term> terms;
  bool terms_known = true;  // false: what the terms are made of cannot be read, and there are none
};

struct Ledger {
  std::vector<MemStatsLine> memstats;
  std::vector<ClassLine> classes;
  std::vector<Equation> equations;
  std::uint64_t mapped = 0;     // Σ mappings
  std::uint64_t uncounted = 0;  // explained, and in no counter of the runtime
  std::uint64_t unknown = 0;    // explained by nothing
};

// The two sides meet only here: counters from the model, ranges from the map.
Ledger reconcile(const Target& target, const Model& model, const AddressMap& map);

std::optional<std::int64_t> residual(const MemStatsLine& line);
std::optional<std::int64_t> residual(const ClassLine& line);
std::optional<std::int64_t> residual(const Equation& equation);

}  // namespace memmap
