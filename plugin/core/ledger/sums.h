// Self bytes of the map by kind, in all mappings and in those that the anonymous equation is about.
#pragma once

#include <array>

#include "ledger/ledger.h"

namespace memmap {

class KindSums {
 public:
  KindSums(const Target& target, const AddressMap& map);

  std::uint64_t of(Kind kind) const { return all_[static_cast<std::size_t>(kind)]; }
  std::uint64_t anonymous(Kind kind) const { return anonymous_[static_cast<std::size_t>(kind)]; }
  std::uint64_t of(Counter counter) const;
  // One term for each kind that is charged to `counter` and is there.
  std::vector<Term> terms_of(Counter counter) const;
  std::uint64_t anonymous_total() const { return anonymous_total_; }

 private:
  using ByKind = std::array<std::uint64_t, static_cast<std::size_t>(Kind::count_)>;
  ByKind all_{};
  ByKind anonymous_{};
  std::uint64_t anonymous_total_ = 0;
};

// Private, accessible and not backed by a file page: what the anonymous equation explains.
bool is_anonymous(const Mapping& mapping);

std::vector<MemStatsLine> memstats_lines(const Model& model, const KindSums& sums);
std::vector<ClassLine> class_lines(const Model& model, const KindSums& sums);
std::vector<Equation> equations(const Target& target, const Model& model, const KindSums& sums);

}  // namespace memmap
