// What a field has to be for memmap to read it. Layouts come from the target's own file, which may
// be damaged or of a release that nobody has seen: nothing is read whose shape is another one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dwarf/type_table.h"

namespace memmap::go {

struct Shape {
  enum class Kind : std::uint8_t {
    any,
    number,
    exactly,
    word,
    slice,
    slices,
    words,
    pointers,
    numbers,
    bits,
    of,
    each
  };
  Kind kind = Kind::any;
  std::uint8_t bytes = 0;      // of `exactly` and of each of `numbers` (0: 1, 2, 4 or 8)
  const char* type = nullptr;  // of `of` and `each`: a struct at least as large as this one; null: any
};

// The words of fields.def and globals.def.
namespace shapes {
inline constexpr Shape any{};                            // only its presence says something
inline constexpr Shape number{Shape::Kind::number};      // 1, 2, 4 or 8 bytes
inline constexpr Shape byte{Shape::Kind::exactly, 1};    // read as that
inline constexpr Shape int32{Shape::Kind::exactly, 4};   // read as that
inline constexpr Shape int64{Shape::Kind::exactly, 8};   // read as that
inline constexpr Shape word{Shape::Kind::word};          // a pointer, uintptr or int
inline constexpr Shape slice{Shape::Kind::slice};        // three words
inline constexpr Shape slices{Shape::Kind::slices};      // an array of slices
inline constexpr Shape words{Shape::Kind::words};        // nothing but words, however they are nested
inline constexpr Shape pointers{Shape::Kind::pointers};  // an array of words
inline constexpr Shape numbers{Shape::Kind::numbers};    // an array of numbers
inline constexpr Shape int64s{Shape::Kind::numbers, 8};  // an array of 8-byte numbers
inline constexpr Shape bits{Shape::Kind::bits};          // a bit for each page of a palloc chunk
constexpr Shape of(const char* type) { return {Shape::Kind::of, 0, type}; }
constexpr Shape each(const char* type) { return {Shape::Kind::each, 0, type}; }  // an array of structs
}  // namespace shapes

// No struct or global is believed to be larger, and no array to have more elements.
inline constexpr std::uint64_t kLargestType = 16u << 20;
inline constexpr std::uint64_t kMostElements = 1u << 16;

// What of `place` is not as `shape` wants it: "256 bytes and not a number". Nothing if all is.
std::optional<std::string> misfit(const Shape& shape, const FieldPlace& place, const TypeTable& types);

}  // namespace memmap::go
