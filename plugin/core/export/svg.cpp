#include "export/svg.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"

namespace memmap {
namespace {

constexpr int kWidth = 1200;
constexpr int kMargin = 24;
constexpr int kInner = kWidth - 2 * kMargin;
constexpr int kTitle = 48;  // baseline of the first strip's name
constexpr int kStripHeight = 48;
constexpr int kStripPitch = 88;  // from one strip's name to the next
constexpr int kLegendColumns = 4;
constexpr int kLegendPitch = 24;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

void append_style(const StripPicture& picture, std::string& out) {
  auto to = std::back_inserter(out);
  out += "<style>\n";
  out += "text { font: 14px system-ui, sans-serif; fill: #1d2228 } .title { font-weight: 600 }\n";
  out += ".ground { fill: #ffffff } .frame { fill: none; stroke: #8a929c; stroke-width: 1 }\n";
  for (std::size_t i = 0; i < picture.colours.size(); ++i)
    fmt::format_to(to, ".c{} {{ fill: {} }}\n", i, picture.colours[i].light);
  out += "@media (prefers-color-scheme: dark) {\n";
  out += "text { fill: #e4e8ec } .ground { fill: #15181c } .frame { stroke: #59616b }\n";
  for (std::size_t i = 0; i < picture.colours.size(); ++i)
    fmt::format_to(to, ".c{} {{ fill: {} }}\n", i, picture.colours[i].dark);
  out += "}\n</style>\n";
}

void append_text(std::string& out, int x, int y, std::string_view text, std::string_view kind = {}) {
  fmt::format_to(std::back_inserter(out), "<text x=\"{}\" y=\"{}\"{}>{}</text>\n", x, y,
                 kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), escaped(text));
}

void append_strip(const StripPicture::Strip& strip, int y, std::string& out) {
  append_text(out, kMargin, y, strip.name);
  auto to = std::back_inserter(out);
  for (const StripPicture::Part& part : strip.parts)
    fmt::format_to(to,
                   "<rect class=\"c{}\" x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\">"
                   "<title>{}</title></rect>\n",
                   part.colour, kMargin + part.begin * kInner, y + 10, (part.end - part.begin) * kInner, kStripHeight,
                   escaped(part.remark));
  fmt::format_to(to, "<rect class=\"frame\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>\n", kMargin, y + 10, kInner,
                 kStripHeight);
}

// Returns where it ends.
int append_legend(const StripPicture& picture, int y, std::string& out) {
  int shown = 0;
  for (std::size_t i = 0; i < picture.colours.size(); ++i) {
    const StripPicture::Colour& colour = picture.colours[i];
    if (colour.amount.empty()) continue;
    const int x = kMargin + shown % kLegendColumns * (kInner / kLegendColumns);
    const int line = y + shown / kLegendColumns * kLegendPitch;
    fmt::format_to(std::back_inserter(out), "<rect class=\"c{}\" x=\"{}\" y=\"{}\" width=\"14\" height=\"14\"/>\n", i,
                   x, line - 12);
    append_text(out, x + 22, line, fmt::format("{} {}", colour.name, colour.amount));
    ++shown;
  }
  return y + (shown + kLegendColumns - 1) / kLegendColumns * kLegendPitch;
}

}  // namespace

void write_svg(const StripPicture& picture, Writer& writer) {
  std::string body;
  append_text(body, kMargin, 30, picture.title, "title");
  int y = kTitle + 16;
  for (const StripPicture::Strip& strip : picture.strips) {
    append_strip(strip, y, body);
    y += kStripPitch;
  }
  y = append_legend(picture, y + 4, body);
  append_text(body, kMargin, y + 8, picture.footer);

  std::string& out = writer.text();
  const int height = y + 28;
  fmt::format_to(std::back_inserter(out),
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
                 "height=\"{1}\">\n",
                 kWidth, height);
  append_style(picture, out);
  fmt::format_to(std::back_inserter(out), "<rect class=\"ground\" width=\"{}\" height=\"{}\"/>\n{}</svg>\n", kWidth,
                 height, body);
}

}  // namespace memmap
