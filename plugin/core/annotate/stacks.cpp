// Stacks. Those in stack spans are slots of the span; others lie outside the heap: the main
// thread's g0 and those that pthread made are not the runtime's memory and claim nothing here.
#include <algorithm>

#include "annotate/annotate.h"

namespace memmap {
namespace {

struct Place {
  Kind kind;
  Path path;
};

Place place_of(StackRange::Use use) {
  switch (use) {
    case StackRange::Use::goroutine:
      return {Kind::goroutine_stack, Path::allgs};
    case StackRange::Use::g0:
      return {Kind::system_stack, Path::allm_g0};
    case StackRange::Use::gsignal:
      return {Kind::signal_stack, Path::allm_gsignal};
    case StackRange::Use::gcrash:
      return {Kind::system_stack, Path::gcrash};
    case StackRange::Use::free:
      return {Kind::free_stack, Path::free_stacks};
  }
  return {Kind::unknown, Path::leftover};
}

bool in_stack_span(const Model& model, AddressRange range) {
  const auto after = std::upper_bound(model.spans.begin(), model.spans.end(), range.begin,
                                      [](Address a, const Span& s) { return a < s.begin; });
  if (after == model.spans.begin()) return false;
  const Span& span = *std::prev(after);
  return span.use == SpanUse::stack && span.range().contains(range);
}

bool in_an_arena(const Model& model, AddressRange range) {
  return std::any_of(model.arenas.begin(), model.arenas.end(),
                     [range](const HeapArena& arena) { return arena.range.overlaps(range); });
}

}  // namespace

void annotate_stacks(const Model& model, std::vector<Claim>& claims) {
  for (const StackRange& stack : model.stacks) {
    const Place place = place_of(stack.use);
    if (in_stack_span(model, stack.range))
      claims.push_back({stack.range, stack.index, place.path, place.kind, Level::slot, Confidence::exact});
    // GODEBUG efence takes each stack straight from the system (stackalloc, stackFromSystem). No
    // span bears out what the g says.
    else if (stack.use == StackRange::Use::goroutine && !in_an_arena(model, stack.range))
      claims.push_back(
          {stack.range, stack.index, place.path, Kind::system_goroutine_stack, Level::region, Confidence::derived});
  }
}

}  // namespace memmap
