// What an annotator says about a range. 24 bytes: a large heap has a claim for each span.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "map/kind.h"

namespace memmap {

enum class Level : std::uint8_t {
  mapping,  // what the kernel has
  region,   // what the runtime asked the kernel for: arena, page summary, chunk, segment
  block,    // what an allocator inside carved out: span, fixalloc chunk, section
  slot,     // what its user got: goroutine stack
};
std::string_view name(Level level);

enum class Confidence : std::uint8_t {
  guessed,  // shape or neighbourhood suggests it
  derived,  // computed from runtime data and a constant of this Go version
  exact,    // the runtime holds a pointer and a length
};
std::string_view name(Confidence confidence);

// Where the knowledge comes from: {arenas, 5132} reads "mheap_.arenas[0][5132]". A range that
// spans several mappings has the same source in each.
enum class Path : std::uint8_t {
#define SOURCE(id, format) id,
#include "map/sources.def"
#undef SOURCE
};

struct Source {
  Path path = Path::mapping;
  std::uint32_t index = 0;
  constexpr auto operator<=>(const Source&) const = default;
};
std::string describe(Source source);

struct Claim {
  AddressRange range;
  std::uint32_t index = 0;  // of the source
  Path path = Path::mapping;
  Kind kind = Kind::unknown;
  Level level = Level::region;
  Confidence confidence = Confidence::exact;

  constexpr Source source() const { return {path, index}; }
};
static_assert(sizeof(Claim) == 24);

}  // namespace memmap
