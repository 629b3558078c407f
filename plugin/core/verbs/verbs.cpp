// Which verb answers, and what all reports have in common.
#include "verbs/verbs.h"

#include <fmt/format.h>

namespace memmap {
namespace {

using VerbFunction = Report (*)(const Question&);

// As the rows of verbs().
constexpr VerbFunction kAnswers[] = {
#define VERB(id, aliases, target, options, total, answers) run_##id,
#define STEP(verb, step, catches, starts, names)
#include "words/verbs.def"
#undef VERB
#undef STEP
};

std::string layout_words(const RuntimeInfo& runtime) {
  const std::string_view layout = runtime.layout;
  if (layout == "dwarf") return "layout from DWARF";
  if (layout == "debug-file") return "layout from a separate debug file";
  if (layout == "catalogue") return "layout from the catalogue";
  if (layout == "probed") return "layout from the catalogue, nearest release";
  return "no layout";
}

}  // namespace

Report answer(const Question& question) { return kAnswers[question.command.verb - verbs().data()](question); }

TargetHeader header_of(const Analysis& analysis) {
  const Target& target = analysis.target;
  const RuntimeInfo& runtime = analysis.model.runtime;
  return {.pid = target.pid,
          .core = target.core,
          .executable = target.executable,
          .go_version = runtime.go_version,
          .goarch = runtime.goarch,
          .origin = std::string(name(target.origin)),
          .layout = runtime.layout,
          .page_size = target.platform.page_size};
}

Report begin_report(std::string_view verb, const Question& question, bool with_notes) {
  Report report;
  report.verb = verb;
  report.units.unit = question.command.output.units;
  const Analysis* analysis = question.analysis;
  if (analysis == nullptr) return report;
  report.units.page_size = analysis->target.platform.page_size;
  report.complete = !analysis->findings.partial();
  report.target = header_of(*analysis);
  for (const Findings::Entry& finding : analysis->findings.entries())
    if (with_notes || finding.severity != Severity::note) report.findings.push_back(finding);
  return report;
}

std::string title(const Analysis& analysis) {
  const Target& target = analysis.target;
  const RuntimeInfo& runtime = analysis.model.runtime;
  std::string text(target.executable.empty() ? "unknown executable" : base_name(target.executable));
  if (!target.core.empty()) text += fmt::format(" · core {}", base_name(target.core));
  if (target.pid) text += fmt::format(" · pid {}", *target.pid);
  if (!runtime.found && runtime.go_version.empty()) return printable(text + " · no Go runtime found");
  if (!runtime.found) return printable(text + fmt::format(" · {}, and its layout cannot be read", runtime.go_version));

  const std::string_view arch = runtime.goarch.empty() ? name(target.platform.arch) : runtime.goarch;
  text += fmt::format(" · {} linux/{} · {}", runtime.go_version, arch, layout_words(runtime));
  if (!runtime.has_heap) return printable(text + " · stopped before it set up its heap");
  std::size_t holding = 0;
  for (const Probe& probe : runtime.probes) holding += probe.holds() ? 1 : 0;
  if (!runtime.probes.empty()) text += fmt::format(" ({} of {} probes hold)", holding, runtime.probes.size());
  return printable(text);
}

}  // namespace memmap
