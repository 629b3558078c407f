#include "go/layout/shape.h"

#include <fmt/format.h>

namespace memmap::go {
namespace {

constexpr std::uint64_t kChunkBitmap = 512 / 8;  // pallocChunkPages, a bit each

bool is_number(std::uint64_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

// `count` elements of `stride` bytes lie in the field, and there are not more than can be walked.
bool is_array(const FieldPlace& place) {
  return place.stride != 0 && place.count != 0 && place.count <= kMostElements &&
         std::uint64_t{place.count} * place.stride <= place.size;
}

bool holds(const char* type, std::uint64_t size, const TypeTable& types) {
  if (type == nullptr) return size != 0;
  const std::optional<std::uint64_t> needed = types.size_of(type);
  return needed && *needed != 0 && *needed <= size;
}

bool fits(const Shape& shape, const FieldPlace& place, const TypeTable& types) {
  const std::uint64_t pointer = types.pointer_size();
  const bool single = place.count == 1;
  switch (shape.kind) {
    case Shape::Kind::any:
      return true;
    case Shape::Kind::number:
      return single && is_number(place.size);
    case Shape::Kind::exactly:
      return single && place.size == shape.bytes;
    case Shape::Kind::word:
      return single && place.size == pointer;
    case Shape::Kind::slice:
      return single && place.size == 3 * pointer;
    case Shape::Kind::slices:
      return is_array(place) && place.stride == 3 * pointer;
    case Shape::Kind::words:
      return is_array(place) && place.size % pointer == 0 && place.size / pointer <= kMostElements;
    case Shape::Kind::pointers:
      return is_array(place) && place.stride == pointer;
    case Shape::Kind::numbers:
      return is_array(place) && is_number(place.stride) && (shape.bytes == 0 || place.stride == shape.bytes);
    case Shape::Kind::bits:
      return place.size >= kChunkBitmap;
    case Shape::Kind::of:
      return holds(shape.type, place.size, types);
    case Shape::Kind::each:
      return is_array(place) && holds(shape.type, place.stride, types);
  }
  return false;
}

std::string wanted(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::any:
      return "anything";
    case Shape::Kind::number:
      return "a number";
    case Shape::Kind::exactly:
      return fmt::format("a number of {}", shape.bytes);
    case Shape::Kind::word:
      return "a pointer-sized word";
    case Shape::Kind::slice:
      return "a slice";
    case Shape::Kind::slices:
      return "an array of slices";
    case Shape::Kind::words:
    case Shape::Kind::pointers:
      return "an array of pointer-sized words";
    case Shape::Kind::numbers:
      return shape.bytes == 0 ? "an array of numbers" : fmt::format("an array of numbers of {} bytes", shape.bytes);
    case Shape::Kind::bits:
      return fmt::format("a bitmap of {} bytes", kChunkBitmap);
    case Shape::Kind::of:
      return shape.type == nullptr ? "a struct" : fmt::format("a {}", shape.type);
    case Shape::Kind::each:
      return shape.type == nullptr ? "an array of structs" : fmt::format("an array of {}", shape.type);
  }
  return {};
}

}  // namespace

std::optional<std::string> misfit(const Shape& shape, const FieldPlace& place, const TypeTable& types) {
  if (fits(shape, place, types)) return std::nullopt;
  const std::string is = place.count == 1
                             ? fmt::format("{} bytes", place.size)
                             : fmt::format("{} bytes, {} of {} each", place.size, place.count, place.stride);
  return fmt::format("has {}, which is not {}", is, wanted(shape));
}

}  // namespace memmap::go
