#include "live/uprobe/stat_charges.h"

#include <algorithm>

namespace memmap {
namespace {

using go::Field;
using go::Global;
using trace::Charge;
using trace::charge_of;

struct Stat {
  Global global;
  Field field;
  Charge charge;
};
constexpr Stat kStats[] = {
    {Global::memstats, Field::stats_heap_sys, Charge::heap_sys},
    {Global::memstats, Field::stats_heap_inuse, charge_of(Counter::heap_inuse)},
    {Global::memstats, Field::stats_heap_released, charge_of(Counter::heap_released)},
    {Global::memstats, Field::stats_stacks_inuse, charge_of(Counter::stacks_inuse)},
    {Global::memstats, Field::stats_stacks_sys, charge_of(Counter::stacks_sys)},
    {Global::memstats, Field::stats_mspan_sys, charge_of(Counter::mspan_sys)},
    {Global::memstats, Field::stats_mcache_sys, charge_of(Counter::mcache_sys)},
    {Global::memstats, Field::stats_buckhash_sys, charge_of(Counter::buckhash_sys)},
    {Global::memstats, Field::stats_gc_misc_sys, charge_of(Counter::gc_misc_sys)},
    {Global::memstats, Field::stats_other_sys, charge_of(Counter::other_sys)},
    {Global::gc_controller, Field::controller_heap_in_use, charge_of(Counter::heap_inuse)},
    {Global::gc_controller, Field::controller_heap_free, charge_of(Counter::heap_free)},
    {Global::gc_controller, Field::controller_heap_released, charge_of(Counter::heap_released)},
};

}  // namespace

StatCharges::StatCharges(const go::Layout& layout, std::uint64_t bias) {
  for (const Stat& stat : kStats) {
    if (!layout.has(stat.global) || !layout.has(stat.field)) continue;
    places_.push_back({Address(layout[stat.global].address + bias + layout[stat.field].offset), stat.charge});
  }
}

Charge StatCharges::of(Address stat) const {
  const auto place = std::ranges::find(places_, stat, &Place::at);
  return place == places_.end() ? Charge::unknown : place->charge;
}

trace::Charging charging_of(const go::ProgramFile& file, std::uint64_t bias) {
  trace::Charging charging{[](Address) { return Charge::unknown; }};
  if (!file.has_layout()) return charging;
  charging.of = [charges = StatCharges(file.layout(), bias)](Address stat) { return charges.of(stat); };
  charging.has_heap_sys = file.layout().has(Field::stats_heap_sys);
  return charging;
}

}  // namespace memmap
