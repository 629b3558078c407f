#include "view/bar.h"

#include <fmt/format.h>

#include <memory>

#include "view/strip.h"

namespace memmap {
namespace {

using Tiles = std::vector<Tile>;

constexpr std::size_t kLeastColumns = 10;  // of a strip, in however narrow a terminal

// "mapped          1.17 GiB  " and then the strip.
Tiles bar_line(const Strip& strip, const UnitFormat& units, std::size_t width) {
  Tiles line = {{fmt::format("{:<14} {:>10}  ", strip.shown, human(strip.bytes, units))}};
  const std::size_t used = display_width(line.front().text);
  for (const Run& column : columns_of(strip, std::max(width, used + kLeastColumns) - used)) {
    const FamilyInfo& family = info(column.family);
    if (line.size() > 1 && line.back().colour == family.terminal)
      line.back().text += family.block;
    else
      line.push_back({std::string(family.block), family.terminal});
  }
  return line;
}

// What the blocks mean and how much there is of each, on as many lines as that takes.
std::vector<Tiles> legend(const Strip& strip, const UnitFormat& units, std::size_t width) {
  std::vector<Tiles> lines(1);
  std::size_t used = 0;
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    if (strip.of_family[i] == 0) continue;
    const std::string text = fmt::format(" {} {}   ", kFamilies[i].shown, human(strip.of_family[i], units));
    if (used != 0 && used + display_width(text) - 2 > width) {
      lines.emplace_back();
      used = 0;
    }
    lines.back().push_back({std::string(kFamilies[i].block), kFamilies[i].terminal});
    lines.back().push_back({text});
    used += 1 + display_width(text);
  }
  for (Tiles& line : lines)
    if (!line.empty()) line.back().text.resize(line.back().text.size() - 3);
  return lines;
}

}  // namespace

void add_bar(const Analysis& analysis, const Filter& filter, Report& report) {
  const UnitFormat units = report.units;
  std::shared_ptr<const Strip> mapped;
  for (const StripView view : {StripView::mapped, StripView::accessible, StripView::counted}) {
    const auto strip = std::make_shared<const Strip>(strip_of(analysis, filter, view));
    if (!mapped) mapped = strip;
    if (strip->bytes == 0) continue;
    report.draw({[strip, units](std::size_t width) { return std::vector<Tiles>{bar_line(*strip, units, width)}; }});
  }
  report.say("");
  report.draw({[mapped, units](std::size_t width) { return legend(*mapped, units, width); }});
  report.say("");
}

}  // namespace memmap
