// The process totals. Each total comes from elsewhere than the map, so that the remainder can
// be something else than zero: from the kernel, from the counters, from the page tables.
#include <algorithm>

#include "ledger/sums.h"

namespace memmap {
namespace {

void add_to(std::vector<Term>& terms, std::string_view name, std::uint64_t bytes) {
  if (bytes == 0) return;
  for (Term& term : terms)
    if (term.name == name) {
      term.bytes += bytes;
      return;
    }
  terms.push_back({std::string(name), bytes});
}

Equation virtual_size(const Target& target, const KindSums& sums) {
  Equation equation{"VIRT", target.totals.virtual_size, {}};
  for (const KindInfo& kind : kKinds)
    if (kind.counter != Counter::none) add_to(equation.terms, "counted by the Go runtime", sums.of(kind.kind));
  for (const KindInfo& kind : kKinds) {
    if (kind.counter != Counter::none || kind.kind == Kind::unknown) continue;
    add_to(equation.terms, kind.virt.empty() ? kind.id : kind.virt, sums.of(kind.kind));
  }
  return equation;
}

// What is charged to a counter and not accessible: pages that GODEBUG harddecommit or a fault
// took away. It is in Sys and not in the total.
Equation anonymous(const Model& model, const KindSums& sums) {
  Equation equation{"anonymous", sums.anonymous_total(), {}};
  if (model.counters.heap_known) equation.terms.push_back({"Sys", model.counters.sys()});
  std::uint64_t inaccessible = 0;
  for (const KindInfo& kind : kKinds) {
    if (kind.kind == Kind::unknown) continue;
    if (kind.counter == Counter::none || !model.counters.heap_known)
      add_to(equation.terms, kind.id, sums.anonymous(kind.kind));
    else
      inaccessible += sums.of(kind.kind) - sums.anonymous(kind.kind);
  }
  if (inaccessible != 0) equation.terms.push_back({"counted and not accessible", inaccessible, true, true});
  return equation;
}

Equation sys(const Model& model, const KindSums& sums) {
  Equation equation{"Sys", std::nullopt, {}};
  if (!model.counters.heap_known) return equation;
  equation.total = model.counters.sys();
  for (const Counter counter :
       {Counter::heap_inuse, Counter::heap_free, Counter::heap_released, Counter::stacks_inuse, Counter::stacks_sys,
        Counter::mspan_sys, Counter::mcache_sys, Counter::buckhash_sys, Counter::gc_misc_sys, Counter::other_sys})
    add_to(equation.terms, name(counter), sums.of(counter));
  std::uint64_t elsewhere = 0;
  for (const Unplaced& lost : model.unplaced) elsewhere += lost.bytes - lost.in_chunks;
  if (elsewhere != 0) equation.terms.push_back({"outgrown arrays with mappings of their own", elsewhere, false});
  return equation;
}

// Pages counted by the kernel's page tables against its counters in smaps.
Equation resident(const Target& target) {
  Equation equation{"RSS", target.totals.resident, {}};
  std::uint64_t anonymous_bytes = 0;
  std::uint64_t file_bytes = 0;
  for (const Mapping& mapping : target.mappings) {
    if (!mapping.resident) continue;
    anonymous_bytes += mapping.resident_anonymous.value_or(0);
    file_bytes += *mapping.resident - mapping.resident_anonymous.value_or(0);
  }
  // Without the pagemap no mapping knows.
  equation.terms_known = std::any_of(target.mappings.begin(), target.mappings.end(),
                                     [](const Mapping& mapping) { return mapping.resident.has_value(); });
  if (!equation.total || !equation.terms_known) return equation;
  equation.terms = {{"anonymous", anonymous_bytes}, {"files", file_bytes}};
  return equation;
}

}  // namespace

std::vector<Equation> equations(const Target& target, const Model& model, const KindSums& sums) {
  return {virtual_size(target, sums), anonymous(model, sums), sys(model, sums), resident(target)};
}

}  // namespace memmap
