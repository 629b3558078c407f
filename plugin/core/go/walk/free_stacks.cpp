#include "go/walk/free_stacks.h"

#include <algorithm>

namespace memmap::go {

const Span* stack_span_with_slot(const Model& model, Address at) {
  const auto after = std::upper_bound(model.spans.begin(), model.spans.end(), at,
                                      [](Address x, const Span& s) { return x < s.begin; });
  if (after == model.spans.begin()) return nullptr;
  const Span& span = *std::prev(after);
  if (span.use != SpanUse::stack || span.elem_size == 0 || (at - span.begin) % span.elem_size != 0) return nullptr;
  const auto slot = AddressRange::of(at, span.elem_size);
  return slot && span.range().contains(*slot) ? &span : nullptr;
}

}  // namespace memmap::go
