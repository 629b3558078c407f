#include "session.h"

#include <fmt/format.h>

#include "analyze.h"
#include "places.h"
#include "process/core/core_file.h"
#include "report/file_output.h"
#include "report/report.h"
#include "trace/read_events.h"
#include "verbs/verbs.h"
#include "words/export_formats.h"

namespace memmap {
namespace {

using namespace exit_code;

Outcome usage(std::string sentence) { return {kUsage, std::move(sentence)}; }

// What stdout would have told and now does not: the format or the file keeps it from view.
std::string unseen_findings(const Report& report, const Printing& output) {
  const bool in_view = output.format != "csv" && !report.document && output.file.empty();
  if (report.complete || in_view) return {};
  std::string text;
  for (const Findings::Entry& finding : report.findings)
    if (finding.severity != Severity::note)
      text += fmt::format("{}{}", text.empty() ? "partial: " : "; ", printable(sentence(finding)));
  return text;
}

Outcome verdict(const Report& report, const Printing& output) {
  if (report.failed) return {kFailed, unseen_findings(report, output)};
  if (report.complete) return {};
  return {output.strict ? kFailed : kPartial, unseen_findings(report, output)};
}

Outcome render(const Report& report, const Printing& output, Output& out, const DoorInfo& door) {
  tell(door.progress, "writing");
  Writer writer(out, door.interrupted, !output.no_color && output.format == "text");
  if (report.document)
    report.document(writer);
  else
    (*renderer_named(output.format))(report, output.table, writer);
  if (writer.interrupted()) return {kInterrupted, "interrupted"};
  writer.flush();
  return verdict(report, output);
}

Outcome render_to_file(const Report& report, const Printing& output, const Output& out, const DoorInfo& door) {
  tell(door.progress, "writing");  // a pipe may have to wait for its reader
  FileOutput file(output.file, out.width());
  if (!file.ready()) return usage(file.problem());
  const Outcome outcome = render(report, output, file, door);
  if (outcome.exit_code == kInterrupted) return outcome;
  if (!file.commit()) return {kFailed, file.problem()};
  return outcome;
}

// Empty, and `outcome` says why, where the target cannot be read.
std::unique_ptr<Analysis> analyzed(TargetSource& source, Progress* progress, const std::atomic<bool>* interrupted,
                                   Outcome& outcome) {
  Result<std::unique_ptr<Analysis>> made = analyze(source, progress, Cancellation(interrupted));
  if (made) return std::move(*made);
  if (Cancellation(interrupted).asked()) {
    outcome = {kInterrupted, "interrupted"};
    return nullptr;
  }
  std::string sentence = source.failure();
  if (sentence.empty()) sentence = fmt::format("the target cannot be read: {}", made.error().what);
  outcome = {kUnreadable, std::move(sentence)};
  return nullptr;
}

std::string unknown_table(const Report& report, const std::string& table) {
  std::string known;
  for (const Table& one : report.tables) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
  return fmt::format("--table: {} has no table '{}'; it has {}.", report.verb, printable(table), known);
}

}  // namespace

Session::Session(std::unique_ptr<TargetSource> source) : source_(std::move(source)) {}
Session::Session(std::shared_ptr<const Analysis> analysis) : analysis_(std::move(analysis)) {}
Session::~Session() = default;

std::shared_ptr<const Analysis> Session::analysis(Progress* progress, Outcome& outcome,
                                                  const std::atomic<bool>* interrupted) {
  if (analysis_) return analysis_;
  if (!source_) {
    outcome = usage("no target: name a process or a core.");
    return nullptr;
  }
  analysis_ = analyzed(*source_, progress, interrupted, outcome);
  return analysis_;
}

Session::Targets Session::compared(const std::array<std::string, 2>& cores, const DoorInfo& door) {
  Targets targets;
  const auto target = [&](const std::string& core) -> std::shared_ptr<const Analysis> {
    if (targets.failed.exit_code != 0) return nullptr;
    if (core.empty()) return analysis(door.progress, targets.failed, door.interrupted);
    CoreSource source(core, door.executable);
    return analyzed(source, door.progress, door.interrupted, targets.failed);
  };
  targets.first = target(cores[0]);
  targets.second = target(cores[1]);
  return targets;
}

Outcome Session::run(const Command& command, Output& out, const DoorInfo& door) {
  if (command.help) {
    out.write(help_text(command.verb));
    return {};
  }
  if (command.step != nullptr) return trace(command, out, door);
  if (command.output.file.empty() && !out.takes_bytes() && is_binary(command.output.format))
    return usage(fmt::format("{} is not text: say where it goes, with -o FILE.", command.output.format));
  return look(command, out, door);
}

// At the target as it stands.
Outcome Session::look(const Command& command, Output& out, const DoorInfo& door) {
  if (command.needs_target() || (command.takes_target() && has_target())) {
    Outcome failed;
    if (analysis(door.progress, failed, door.interrupted) == nullptr) return failed;
  }
  const auto traces = traces_for(command);
  if (!traces) return traces.error();
  if (analysis_ == nullptr) return answer(command, *traces, out, door);
  const auto found = placed(command, *analysis_, door.address);
  return found ? answer(*found, *traces, out, door) : usage(found.error());
}

// Those of a file, for --births or as what trace report is about; else the target's own.
tl::expected<trace::History, Outcome> Session::traces_for(const Command& command) const {
  const std::string& path = command.events.empty() ? command.trace.file : command.events;
  if (command.births && path.empty() && traces_.empty())
    return tl::unexpected(usage("--births needs a trace of this process: --events FILE, as trace -o FILE writes it."));
  if (path.empty()) return traces_;
  auto events = trace::read_events(path);
  if (!events) return tl::unexpected(Outcome{kUnreadable, events.error()});
  trace::History traces = trace::History().with(std::move(*events));
  traces.findings.say(Severity::note, "events_end",
                      "the events end with their trace: what the process did after it is not among them");
  return traces;
}

// From what is at hand, which may be no target.
Outcome Session::answer(const Command& command, const trace::History& traces, Output& out, const DoorInfo& door) {
  Targets targets;
  if (command.verb->target != TargetUse::unused) targets.first = analysis_;
  if (command.compared) targets = compared(*command.compared, door);
  if (targets.failed.exit_code != 0) return targets.failed;
  const Report report = memmap::answer(
      {targets.first.get(), command, door.debugger, traces, ended_, targets.second.get(), door.folder, &traced_});
  const Printing& output = command.output;
  if (!output.table.empty() && table_named(report, output.table) == nullptr)
    return usage(unknown_table(report, output.table));
  if (!output.file.empty()) return render_to_file(report, output, out, door);
  return render(report, output, out, door);
}

}  // namespace memmap
