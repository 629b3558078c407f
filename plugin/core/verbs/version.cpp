// version: ours, the debugger's, the target's Go.
#include <fmt/format.h>

#include <array>

#include "verbs/verbs.h"

namespace memmap {

Report run_version(const Question& question) {
  Report report = begin_report("version", question);
  const std::string go = question.analysis == nullptr ? std::string() : question.analysis->model.runtime.go_version;
  const std::array<std::pair<std::string, std::string>, 3> versions = {
      {{"memmap", MEMMAP_VERSION}, {"debugger", std::string(question.debugger)}, {"go", go}}};

  Table table;
  table.columns = {{"name"}, {"version"}};
  table.rows = [versions](RowSink& sink) {
    for (const auto& [what, version] : versions) {
      const Cell cells[] = {std::string_view(what),
                            version.empty() ? Cell(std::monostate()) : Cell(std::string_view(version))};
      if (!sink.row(cells)) return;
    }
  };
  report.tables.push_back(table);
  report.show(table, false);
  return report;
}

}  // namespace memmap
