#include "go/walk/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace memmap::go {
namespace {

constexpr Walker kWalkers[] = {
#define WALKER(name, ...) {#name, walk_##name, Needs(__VA_ARGS__)},
#include "go/walk/walkers.def"
#undef WALKER
};

// Each of the names that a walker needs is that of a walker before it.
constexpr bool in_order() {
  for (std::size_t i = 0; i < std::size(kWalkers); ++i) {
    std::size_t words = kWalkers[i].needs.walkers().empty() ? 0 : 1;
    for (const char c : kWalkers[i].needs.walkers()) words += c == ' ' ? 1 : 0;
    for (std::size_t before = 0; before < i; ++before)
      if (kWalkers[i].needs.walker(kWalkers[before].name)) --words;
    if (words != 0) return false;
  }
  return true;
}
static_assert(in_order(), "walkers.def: a walker needs one that does not stand before it");

bool can_run(const Walker& walker, const Layout& layout) {
  const std::span<const Group> groups = walker.needs.groups();
  return std::none_of(groups.begin(), groups.end(), [&](Group group) { return layout.broken(group); });
}

// The flush goes through what nearly every walker finds, and begins from nothing being in doubt.
void doubt_flush(Model& model) {
  model.flush.stacks_known = false;
  model.flush.mspans_known = false;
  model.flush.span_sets_known = false;
  model.counters.next_gc.reset();
}

// False if it threw.
bool ran(const Walker& walker, const Runtime& runtime, Model& model, Findings& findings) {
  try {
    walker.run(runtime, model, findings);
    return true;
  } catch (const std::exception& error) {
    findings.say(
        Severity::warning, "walker_failed",
        fmt::format("walker {} did not end ({}): what it would have found is missing", walker.name, error.what()));
    return false;
  }
}

}  // namespace

std::span<const Walker> walkers() { return kWalkers; }

void run_walkers(const Runtime& runtime, Model& model, Findings& findings, std::span<const Walker> all) {
  bool whole = true;
  for (const Walker& walker : all) {
    runtime.cancellation().check();
    if (!can_run(walker, runtime.layout()) || !ran(walker, runtime, model, findings)) whole = false;
  }
  if (!whole) doubt_flush(model);
}

}  // namespace memmap::go
