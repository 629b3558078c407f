// The table of verbs, and what their reports have in common.
#include "verbs/verbs.h"

#include <fmt/format.h>

#include <array>

namespace memmap {
namespace {

constexpr Verb kVerbs[] = {
#define VERB(id, target, rows, addresses, answers) {#id, TargetUse::target, rows, addresses, answers, run_##id},
#include "verbs/verbs.def"
#undef VERB
};

std::string layout_words(const RuntimeInfo& runtime) {
  const std::string_view layout = runtime.layout;
  if (layout == "dwarf") return "layout from DWARF";
  if (layout == "debug-file") return "layout from a separate debug file";
  if (layout == "catalogue") return "layout from the catalogue";
  if (layout == "probed") return "layout from the catalogue, nearest release";
  return "no layout";
}

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

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* verb_named(std::string_view name) {
  for (const Verb& verb : kVerbs)
    if (verb.name == name) return &verb;
  return nullptr;
}

std::vector<std::string_view> verb_names() {
  std::vector<std::string_view> names;
  for (const Verb& verb : kVerbs) names.push_back(verb.name);
  return names;
}

Report begin_report(std::string_view verb, const Question& question, bool with_notes) {
  Report report;
  report.verb = verb;
  report.units.unit = question.options.units;
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
  if (!runtime.found) return printable(text + " · no Go runtime found");

  const std::string_view arch = runtime.goarch.empty() ? name(target.platform.arch) : runtime.goarch;
  text += fmt::format(" · {} linux/{} · {}", runtime.go_version, arch, layout_words(runtime));
  if (!runtime.has_heap) return printable(text + " · stopped before it set up its heap");
  std::size_t holding = 0;
  for (const Probe& probe : runtime.probes) holding += probe.holds() ? 1 : 0;
  if (!runtime.probes.empty()) text += fmt::format(" ({} of {} probes hold)", holding, runtime.probes.size());
  return printable(text);
}

}  // namespace memmap
