// export svg: the strips of summary --bar as a picture.
#include <fmt/format.h>

#include "export/svg.h"
#include "verbs/export/exports.h"
#include "view/strip.h"

namespace memmap {
namespace {

constexpr std::size_t kColumns = 1152;  // about one for each point of the picture's width

StripPicture::Strip drawn(const Strip& strip) {
  StripPicture::Strip picture;
  picture.name = fmt::format("{}, {}", strip.shown, human(strip.bytes));
  const auto total = static_cast<double>(strip.bytes);
  std::uint64_t at = 0;
  Run joined;
  const auto finish = [&] {
    if (joined.bytes == 0) return;
    picture.parts.push_back(
        {static_cast<double>(at) / total, static_cast<double>(at + joined.bytes) / total,
         static_cast<std::size_t>(joined.family),
         fmt::format("mostly {}, {} in {}", info(joined.family).shown, human(joined.bytes), hex(joined.range))});
    at += joined.bytes;
  };
  for (const Run& column : columns_of(strip, kColumns)) {
    if (column.family == joined.family && joined.bytes != 0) {
      joined.range.end = column.range.end;
      joined.bytes += column.bytes;
      continue;
    }
    finish();
    joined = column;
  }
  finish();
  return picture;
}

}  // namespace

void export_svg(const Question& question, Writer& writer) {
  const Analysis& analysis = *question.analysis;
  StripPicture picture;
  picture.title = title(analysis);
  for (const StripView view : {StripView::mapped, StripView::accessible, StripView::counted}) {
    const Strip strip = strip_of(analysis, question.command.filter, view);
    if (view == StripView::mapped)
      for (std::size_t i = 0; i < kFamilyCount; ++i)
        picture.colours.push_back({kFamilies[i].shown, kFamilies[i].light, kFamilies[i].dark,
                                   strip.of_family[i] == 0 ? "" : human(strip.of_family[i])});
    if (strip.bytes != 0) picture.strips.push_back(drawn(strip));
  }
  picture.footer =
      "Address order from left to right, holes left out; a colour has most of the bytes at its "
      "place.";
  if (analysis.findings.partial()) picture.footer += " Partial: memmap check says what is missing.";
  write_svg(picture, writer);
}

}  // namespace memmap
