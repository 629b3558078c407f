// Live spans, in address order.
#include "annotate/annotate.h"

namespace memmap {
namespace {

Kind kind_of(SpanUse use) {
  switch (use) {
    case SpanUse::heap:
      return Kind::heap_span;
    case SpanUse::stack:
      return Kind::stack_span;
    case SpanUse::workbuf:
      return Kind::workbuf_span;
    case SpanUse::user_arena:
      return Kind::user_arena_chunk;
    case SpanUse::free:
      return Kind::free_pages;
  }
  return Kind::unknown;
}

}  // namespace

void annotate_spans(const Model& model, std::vector<Claim>& claims) {
  for (const Span& span : model.spans)
    claims.push_back({span.range(), span.index, Path::allspans, kind_of(span.use), Level::block, Confidence::exact});
}

}  // namespace memmap
