// Lists of what report/ can do, from renderers.def.
#include "report/report.h"

#include <fmt/format.h>

namespace memmap {

std::optional<Renderer> renderer_named(std::string_view format) {
#define RENDERER(id) \
  if (format == #id) return render_##id;
#include "report/renderers.def"
#undef RENDERER
  return std::nullopt;
}

std::vector<std::string_view> renderer_names() {
  return {
#define RENDERER(id) #id,
#include "report/renderers.def"
#undef RENDERER
  };
}

void Report::say(std::string text, Tone tone) { screen.push_back(Line{std::move(text), tone}); }

void Report::show(Table table, bool headings) { screen.push_back(ScreenTable{std::move(table), headings}); }

void Report::draw(Picture picture) { screen.emplace_back(std::move(picture)); }

const Table* table_named(const Report& report, std::string_view name) {
  for (const Table& table : report.tables)
    if (name.empty() || table.name == name) return &table;
  return nullptr;
}

std::string sentence(const Findings::Entry& finding) {
  std::string text = finding.count > 1 ? fmt::format("{} × ", grouped(finding.count)) : "";
  text += finding.message;
  if (finding.examples.empty()) return text;
  text += finding.count > 1 ? ", first at " : " at ";
  for (std::size_t i = 0; i < finding.examples.size(); ++i) {
    if (i != 0) text += ", ";
    text += hex(finding.examples[i]);
  }
  return text;
}

}  // namespace memmap
