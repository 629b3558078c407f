// kinds: the glossary, from kinds.def. Needs no target.
#include <fmt/format.h>

#include "verbs/verbs.h"

namespace memmap {
namespace {

Cell text_or_null(std::string_view text) { return text.empty() ? Cell(std::monostate()) : Cell(text); }

// Kinds that are wanted, up to --rows.
void each_kind(const Command& command, auto&& row) {
  std::uint64_t left = command.order.rows.value_or(~std::uint64_t{0});
  for (const KindInfo& kind : kKinds) {
    if (!command.filter.wants(kind.kind)) continue;
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
  const Command command = question.command;
  Report report = begin_report("kinds", question);
  Table table;
  table.columns = {{"id"}, {"shown"}, {"counter"}, {"vma_name"}, {"meaning"}};
  table.rows = [command](RowSink& sink) {
    each_kind(command, [&](const KindInfo& kind) {
      const Cell cells[] = {kind.id, kind.shown, text_or_null(name(kind.counter)), text_or_null(kind.vma_name),
                            kind.meaning};
      return sink.row(cells);
    });
  };
  report.tables.push_back(table);
  std::uint64_t shown = 0;
  each_kind(command, [&](const KindInfo&) { return ++shown != 0; });
  if (command.filter.narrows() || command.order.rows) report.omitted = Omitted{std::size(kKinds) - shown, 0};

  each_kind(command, [&](const KindInfo& kind) {
    report.say(headword(kind), Tone::strong);
    report.say(fmt::format("    {}", kind.meaning));
    return true;
  });
  return report;
}

}  // namespace memmap
