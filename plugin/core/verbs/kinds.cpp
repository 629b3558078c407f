// kinds: the glossary, from kinds.def. Needs no target.
#include <fmt/format.h>

#include "verbs/verbs.h"

namespace memmap {
namespace {

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::monostate()) : Cell(text); }

// Kinds that the options want, up to --rows.
void each_kind(const Options& options, auto&& row) {
  std::uint64_t left = options.rows.value_or(~std::uint64_t{0});
  for (const KindInfo& kind : kKinds) {
    if (!options.wants(kind.kind)) continue;
    if (left-- == 0 || !row(kind)) return;
  }
}

// "heap_index: heap index, in no counter, VMA name "heap index""
std::string headword(const KindInfo& kind) {
  std::string text = fmt::format("{}: {}, ", kind.id, kind.shown);
  if (kind.counter == Counter::none)
    text += "in no counter";
  else
    text += fmt::format("charged to {}", name(kind.counter));
  if (!kind.vma_name.empty()) text += fmt::format(", VMA name \"Go: {}\"", kind.vma_name);
  return text;
}

}  // namespace

Report run_kinds(const Question& question) {
  const Options options = question.options;
  Report report = begin_report("kinds", question);
  Table table;
  table.columns = {{"id"}, {"shown"}, {"counter"}, {"vma_name"}, {"meaning"}};
  table.rows = [options](RowSink& sink) {
    each_kind(options, [&](const KindInfo& kind) {
      const Cell cells[] = {kind.id, kind.shown, text_or_null(name(kind.counter)), text_or_null(kind.vma_name),
                            kind.meaning};
      return sink.row(cells);
    });
  };
  report.tables.push_back(table);
  std::uint64_t shown = 0;
  each_kind(options, [&](const KindInfo&) { return ++shown != 0; });
  if (options.filters() || options.rows) report.omitted = Omitted{std::size(kKinds) - shown, 0};

  each_kind(options, [&](const KindInfo& kind) {
    report.say(headword(kind), Tone::strong);
    report.say(fmt::format("    {}", kind.meaning));
    return true;
  });
  return report;
}

}  // namespace memmap
