// The smallest place that has a shape.
#pragma once

#include "go/layout/shape.h"
#include "support/literal_types.h"

namespace memmap::test {

inline FieldPlace array_of(std::uint32_t stride, std::uint32_t count) { return {0, stride * count, stride, count}; }

inline FieldPlace natural_place(const go::Shape& shape, const LiteralTypes& types) {
  using Kind = go::Shape::Kind;
  const std::uint32_t pointer = types.pointer;
  const auto size = [&] {
    return static_cast<std::uint32_t>(shape.type == nullptr ? pointer : types.size_of(shape.type).value_or(pointer));
  };
  switch (shape.kind) {
    case Kind::number:
      return array_of(8, 1);
    case Kind::exactly:
      return array_of(shape.bytes, 1);
    case Kind::slice:
      return array_of(3 * pointer, 1);
    case Kind::slices:
      return array_of(3 * pointer, 2);
    case Kind::words:
    case Kind::pointers:
      return array_of(pointer, 2);
    case Kind::numbers:
      return array_of(shape.bytes == 0 ? 8 : shape.bytes, 2);
    case Kind::bits:
      return array_of(8, 8);
    case Kind::of:
      return array_of(size(), 1);
    case Kind::each:
      return array_of(size(), 2);
    case Kind::any:
    case Kind::word:
      break;
  }
  return array_of(pointer, 1);
}

}  // namespace memmap::test
