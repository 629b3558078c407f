// Strips as one SVG file that needs nothing else: its colours follow the reader's light or dark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/output.h"

namespace memmap {

struct StripPicture {
  struct Colour {
    std::string_view name;
    std::string_view light;  // "#rrggbb"
    std::string_view dark;
    std::string amount;  // "6.81 MiB"; empty leaves the colour out of the legend
  };
  struct Part {
    double begin = 0;  // 0 to 1
    double end = 0;
    std::size_t colour = 0;  // index into `colours`
    std::string remark;      // shown while the pointer rests on it
  };
  struct Strip {
    std::string name;
    std::vector<Part> parts;
  };

  std::string title;
  std::vector<Colour> colours;
  std::vector<Strip> strips;
  std::string footer;
};

void write_svg(const StripPicture& picture, Writer& writer);

}  // namespace memmap
