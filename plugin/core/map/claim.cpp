#include "map/claim.h"

#include <fmt/format.h>

#include <array>

namespace memmap {

std::string_view name(Level level) {
  static constexpr std::array<std::string_view, 4> kNames = {"mapping", "region", "block", "slot"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view name(Confidence confidence) {
  static constexpr std::array<std::string_view, 3> kNames = {"guessed", "derived", "exact"};
  return kNames[static_cast<std::size_t>(confidence)];
}

std::string describe(Source source) {
  static constexpr std::string_view kFormats[] = {
#define SOURCE(id, format) format,
#include "map/sources.def"
#undef SOURCE
  };
  return fmt::format(fmt::runtime(kFormats[static_cast<std::size_t>(source.path)]), source.index);
}

}  // namespace memmap
