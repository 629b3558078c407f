#include "session.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyze.h"
#include "process/core/core_file.h"
#include "report/file_output.h"
#include "report/report.h"
#include "trace/read_events.h"
#include "verbs/export/exports.h"
#include "verbs/verbs.h"

namespace memmap {
namespace {

constexpr int kFailed = 1;
constexpr int kPartial = 2;
constexpr int kUnreadable = 3;
constexpr int kUsage = 64;
constexpr int kInterrupted = 130;
constexpr std::string_view kLive = "live";

Outcome usage(std::string sentence) { return {kUsage, std::move(sentence)}; }

Outcome print_help(std::string_view verb, Output& out) {
  const std::string text = help_text(verb);
  if (text.empty()) return usage(unknown_verb(verb));
  out.write(text);
  return {};
}

// The words behind -- are another program's.
bool asks_for_help(std::span<const std::string> argv) {
  for (const std::string& word : argv) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

// What stdout would have told and now does not: the format or the file keeps it from view.
std::string unseen_findings(const Report& report, const Options& options) {
  const bool in_view = options.format != "csv" && !report.document && options.output.empty();
  if (report.complete || in_view) return {};
  std::string text;
  for (const Findings::Entry& finding : report.findings)
    if (finding.severity != Severity::note)
      text += fmt::format("{}{}", text.empty() ? "partial: " : "; ", printable(sentence(finding)));
  return text;
}

Outcome verdict(const Report& report, const Options& options) {
  if (report.failed) return {kFailed, unseen_findings(report, options)};
  if (report.complete) return {};
  return {options.strict ? kFailed : kPartial, unseen_findings(report, options)};
}

Outcome render(const Report& report, const Options& options, Output& out, const DoorInfo& door) {
  tell(door.progress, "writing");
  Writer writer(out, door.interrupted, !options.no_color && options.format == "text");
  if (report.document)
    report.document(writer);
  else
    (*renderer_named(options.format))(report, options.table, writer);
  if (writer.interrupted()) return {kInterrupted, "interrupted"};
  writer.flush();
  return verdict(report, options);
}

Outcome render_to_file(const Report& report, const Options& options, const Output& out, const DoorInfo& door) {
  tell(door.progress, "writing");  // a pipe may have to wait for its reader
  FileOutput file(options.output, out.width());
  if (!file.ready()) return usage(file.problem());
  const Outcome outcome = render(report, options, file, door);
  if (outcome.exit_code == kInterrupted) return outcome;
  if (!file.commit()) return {kFailed, file.problem()};
  return outcome;
}

// Empty, and `outcome` says why, where the target cannot be read.
std::unique_ptr<Analysis> analyzed(TargetSource& source, Progress* progress, Outcome& outcome) {
  Result<std::unique_ptr<Analysis>> made = analyze(source, progress);
  if (made) return std::move(*made);
  std::string sentence = source.failure();
  if (sentence.empty()) sentence = fmt::format("the target cannot be read: {}", made.error().what);
  outcome = {kUnreadable, std::move(sentence)};
  return nullptr;
}

// A -- B where neither is the target at hand.
bool compares_cores(std::span<const std::string> words) {
  const auto has = [&](std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  return has("--") && !has(kLive);
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

std::shared_ptr<const Analysis> Session::analysis(Progress* progress, Outcome& outcome) {
  if (analysis_) return analysis_;
  if (!source_) {
    outcome = usage("no target: name a process or a core.");
    return nullptr;
  }
  analysis_ = analyzed(*source_, progress, outcome);
  return analysis_;
}

Session::Targets Session::compared(const std::array<std::string, 2>& words, const DoorInfo& door) {
  Targets targets;
  const auto target = [&](const std::string& word) -> std::shared_ptr<const Analysis> {
    if (targets.failed.exit_code != 0) return nullptr;
    if (word == kLive) return analysis(door.progress, targets.failed);
    CoreSource core(word, door.executable);
    return analyzed(core, door.progress, targets.failed);
  };
  targets.first = target(words[0]);
  targets.second = target(words[1]);
  return targets;
}

bool Session::looks_at_target(const Verb& verb) const {
  if (verb.target == TargetUse::taken) return source_ != nullptr || analysis_ != nullptr;
  return verb.target == TargetUse::needed;
}

Outcome Session::run(std::span<const std::string> argv, Output& out, const DoorInfo& door) {
  if (argv.empty()) return usage("no verb. 'memmap help' lists them.");
  const std::string& word = argv[0];
  if (word == "help" || word == "--help" || word == "-h")
    return print_help(argv.size() > 1 ? std::string_view(argv[1]) : std::string_view(), out);
  const Verb* verb = verb_named(word);
  if (verb == nullptr) return usage(unknown_verb(word));

  if (word == "trace" && !asks_for_help(argv)) return trace(argv, out, door);
  const auto options = parse_options(word, argv.subspan(1), door.address);
  if (!options) return usage(options.error());
  if (options->help) return print_help(word, out);
  if (options->output.empty() && !out.takes_bytes() && is_binary(options->format))
    return usage(fmt::format("{} is not text: say where it goes, with -o FILE.", options->format));

  if (!options->compared && looks_at_target(*verb)) {
    Outcome failed;
    if (analysis(door.progress, failed) == nullptr) return failed;
  }
  const auto traces = traces_for(*options);
  if (!traces) return traces.error();
  return answer(word, *options, *traces, out, door);
}

// Those of a file, for --births or as what trace report is about; else the target's own.
tl::expected<trace::History, Outcome> Session::traces_for(const Options& options) const {
  const std::string& path = options.events.empty() ? options.trace.file : options.events;
  if (options.births && path.empty() && traces_.empty())
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
Outcome Session::answer(std::string_view verb, const Options& options, const trace::History& traces, Output& out,
                        const DoorInfo& door) {
  Targets targets;
  if (verb_named(verb)->target != TargetUse::unused) targets.first = analysis_;
  if (options.compared) targets = compared(*options.compared, door);
  if (targets.failed.exit_code != 0) return targets.failed;
  const Report report = verb_named(verb)->run(
      {targets.first.get(), options, door.debugger, traces, ended_, targets.second.get(), door.folder, &traced_});
  if (!options.table.empty() && table_named(report, options.table) == nullptr)
    return usage(unknown_table(report, options.table));
  if (!options.output.empty()) return render_to_file(report, options, out, door);
  return render(report, options, out, door);
}

bool needs_target(std::span<const std::string> words) {
  const Verb* known = words.empty() ? nullptr : verb_named(words.front());
  return known != nullptr && known->target == TargetUse::needed && !compares_cores(words);
}

bool takes_target(std::span<const std::string> words) {
  const Verb* known = words.empty() ? nullptr : verb_named(words.front());
  return known != nullptr && known->target != TargetUse::unused && !compares_cores(words);
}

std::string unknown_verb(std::string_view word) {
  const std::vector<std::string_view> names = verb_names();
  const std::optional<std::string_view> meant = nearest(word, names);
  return meant ? fmt::format("'{}' is not a verb; did you mean {}?", printable(word), *meant)
               : fmt::format("'{}' is not a verb. 'memmap help' lists them.", printable(word));
}

}  // namespace memmap
