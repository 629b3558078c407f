#include "view/detail.h"

#include <algorithm>

#include "base/text.h"

namespace memmap {
namespace {

// Made 400,000 times for a big heap: appended by hand.
std::string of_heap_span(const Span& span) {
  std::string text;
  append_decimal(text, span.alloc_count);
  text += " of ";
  append_decimal(text, span.elem_count);
  text += span.elem_count == 1 ? " object, " : " objects, ";
  append_decimal(text, span.elem_size);
  text += span.elem_count == 1 ? " bytes" : " bytes each";
  if (const unsigned size_class = span.span_class >> 1; size_class != 0) {
    text += ", class ";
    append_decimal(text, size_class);
  } else {
    text += ", large";
  }
  if ((span.span_class & 1) != 0) text += ", no pointers";
  return text;
}

std::string of_stack_span(const Span& span) {
  std::string text;
  append_decimal(text, span.alloc_count);
  text += span.alloc_count == 1 ? " stack handed out, " : " stacks handed out, ";
  append_decimal(text, span.elem_size);
  text += " bytes each";
  return text;
}

std::string of_level(const char* what, std::uint32_t index) {
  std::string text = what;
  append_decimal(text, index);
  return text;
}

std::string of_goroutine(const Model& model, const Claim& claim) {
  const auto stack = std::partition_point(model.stacks.begin(), model.stacks.end(), [&](const StackRange& s) {
    return s.use == StackRange::Use::goroutine && s.index < claim.index;
  });
  const bool found =
      stack != model.stacks.end() && stack->use == StackRange::Use::goroutine && stack->index == claim.index;
  if (!found) return {};
  if (stack->id == 0) return "no goroutine";
  std::string text = "goroutine ";
  append_decimal(text, stack->id);
  return text;
}

std::string of_added(const Added& added) { return added.name.empty() ? added.by : added.name + " (" + added.by + ")"; }

const NativePiece* piece_of(const Model& model, const Node& node) {
  const std::vector<NativePiece>& pieces = model.native.pieces;
  const auto after = std::upper_bound(pieces.begin(), pieces.end(), node.range.begin,
                                      [](Address a, const NativePiece& piece) { return a < piece.range.begin; });
  if (after == pieces.begin() || !std::prev(after)->range.contains(node.range.begin)) return nullptr;
  return &*std::prev(after);
}

}  // namespace

Detail detail_style(Kind kind) {
  static constexpr Detail kDetailOf[] = {
#define KIND(id, shown, noun, counter, family, joins, leftover, detail, ...) Detail::detail,
#include "map/kinds.def"
#undef KIND
  };
  return kDetailOf[static_cast<std::size_t>(kind)];
}

const Span* span_of(const Model& model, const Node& node) {
  const auto after = std::upper_bound(model.spans.begin(), model.spans.end(), node.range.begin,
                                      [](Address a, const Span& span) { return a < span.begin; });
  if (after == model.spans.begin()) return nullptr;
  const Span& before = *std::prev(after);
  return before.range().contains(node.range.begin) ? &before : nullptr;
}

std::string detail_of(const Model& model, const AddressMap& map, const Node& node) {
  const Claim& claim = map.claim(node);
  if (claim.path == Path::added) return of_added(model.added[claim.index]);
  switch (detail_style(claim.kind)) {
    case Detail::objects:
      if (const Span* span = span_of(model, node)) return of_heap_span(*span);
      return {};
    case Detail::stacks:
      if (const Span* span = span_of(model, node); span != nullptr && span->elem_size != 0) return of_stack_span(*span);
      return {};
    case Detail::goroutine:
      return of_goroutine(model, claim);
    case Detail::level:
      return claim.path == Path::summary ? of_level("level ", claim.index) : std::string();
    case Detail::section:
      if (const NativePiece* piece = piece_of(model, node)) return piece->name;
      return {};
    case Detail::in_no_span:
    case Detail::given_back:
    case Detail::none:
      return {};
  }
  return {};
}

}  // namespace memmap
