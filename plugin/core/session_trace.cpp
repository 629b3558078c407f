// trace run, trace continue, trace report: what Session does with a door's tracer.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "analyze.h"
#include "base/text.h"
#include "session.h"
#include "trace/join.h"
#include "trace/lines.h"
#include "trace/tracer.h"
#include "verbs/export/exports.h"

namespace memmap {
namespace {

constexpr int kPartial = 2;
constexpr int kUnreadable = 3;
constexpr int kUsage = 64;

using Clock = std::chrono::steady_clock;

struct TraceWords {
  std::string what;  // run, continue, report
  std::vector<std::string> options;
  std::vector<std::string> command;  // behind --
};

TraceWords take_apart(std::span<const std::string> argv) {
  TraceWords words;
  const auto dashes = std::find(argv.begin(), argv.end(), "--");
  if (dashes != argv.end()) words.command.assign(dashes + 1, argv.end());
  words.options.assign(std::min(argv.begin() + 1, dashes), dashes);
  if (words.options.empty()) return words;
  words.what = words.options.front();
  words.options.erase(words.options.begin());
  return words;
}

// Prints events as they come.
class LivePrinter : public trace::Listener {
 public:
  LivePrinter(const trace::Log& log, const TraceOptions& options, Output& out, const std::atomic<bool>* interrupted,
              bool wanted)
      : lines_(log, {options.what, !options.what_chosen, options.stacks}),
        out_(out),
        interrupted_(interrupted),
        wanted_(wanted) {
    if (wanted_) text_ = trace::line_heading();
  }
  void heard(const trace::Log&) override { print(false); }
  void finish() { print(true); }

 private:
  void print(bool rest) {
    if (!wanted_) return;
    lines_.append(text_, rest);
    // After Ctrl-C a door takes no text until the trace has taken notice of it.
    if (text_.empty() || (interrupted_ != nullptr && *interrupted_)) return;
    // The target may wait for us: a call for many lines, and a person still sees them at once.
    constexpr std::size_t kMany = 16 * 1024;
    constexpr std::chrono::milliseconds kAtOnce{50};
    const Clock::time_point now = Clock::now();
    if (!rest && text_.size() < kMany && now - written_ < kAtOnce) return;
    wanted_ = out_.write(text_);
    text_.clear();
    written_ = now;
  }

  trace::Lines lines_;
  Output& out_;
  const std::atomic<bool>* interrupted_;
  bool wanted_;
  std::string text_;
  Clock::time_point written_;
};

trace::Request request_of(const TraceWords& words, const TraceOptions& options, const DoorInfo& door) {
  return {.command = words.command,
          .what = options.what,
          .limit = options.limit,
          .hits = options.hits,
          .until = options.until,
          .door = options.door,
          .interrupted = door.interrupted};
}

bool says_how_to_trace(const TraceOptions& options) {
  return options.limit || options.hits != 0 || !options.until.empty() || options.door != trace::Door::automatic;
}

std::string wrong_words(const TraceWords& words, const TraceOptions& options, bool has_events, const DoorInfo& door) {
  if (words.what != "run" && words.what != "continue" && words.what != "report")
    return "trace is followed by run, continue or report. 'memmap help trace' shows how.";
  if (words.what != "report" && !options.file.empty())
    return fmt::format("trace {} takes no argument '{}'{}.", words.what, printable(options.file),
                       words.what == "run" ? "; a program stands behind --" : "");
  if (words.what != "run" && !words.command.empty())
    return fmt::format("trace {} starts no program: what stands behind -- goes with trace run.", words.what);
  if (words.what == "run" && words.command.empty())
    return "trace run needs a program: memmap trace run -- PROGRAM WORDS.";
  if (words.what != "report" && options.door != trace::Door::automatic && !door.debugger.empty())
    return "--door goes with the command memmap in a shell; a trace inside LLDB is by breakpoints.";
  if (words.what == "run" && options.door == trace::Door::uprobes)
    return "--door uprobes goes with trace continue -p PID: a program that trace run starts is held by ptrace.";
  if (words.what == "report" && says_how_to_trace(options))
    return "--limit, --hits, --until and --door go with trace run and trace continue.";
  if (words.what == "report" && options.file.empty() && !has_events)
    return "trace report needs a file that trace -o has written.";
  if (words.what != "report" && door.tracer == nullptr)
    return door.debugger.empty() ? "trace continue needs a process: -p PID."
                                 : "no tracing in this debugger: use the command memmap in a shell.";
  return {};
}

}  // namespace

Outcome Session::trace(std::span<const std::string> argv, Output& out, const DoorInfo& door) {
  const TraceWords words = take_apart(argv);
  const auto options = parse_options("trace", words.options, door.address);
  if (!options) return {kUsage, options.error()};
  if (std::string wrong = wrong_words(words, options->trace, traces_.last != nullptr, door); !wrong.empty())
    return {kUsage, wrong};
  // What a program prints itself would be in it.
  const bool mixes = words.what != "report" || !out.takes_bytes();
  if (is_binary(options->format) && options->output.empty() && mixes)
    return {kUsage, fmt::format("{} is not text: say where it goes, with -o FILE.", options->format)};
  if (words.what == "report") return report_trace(*options, out, door);
  ended_.clear();
  traced_ = {};
  const auto log = std::make_shared<trace::Log>();
  LivePrinter printer(*log, options->trace, out, door.interrupted,
                      options->format == "text" && options->output.empty());
  const trace::Ending ending = door.tracer->run(request_of(words, options->trace, door), *log, printer);
  using How = trace::Ending::How;
  if (ending.how != How::done) return {ending.how == How::usage ? kUsage : kUnreadable, ending.sentence};
  ended_ = ending.sentence;
  traced_ = ending.findings;
  look_at_end(*door.tracer, *log);
  traces_ = (words.what == "run" ? trace::History() : traces_).with(log);
  printer.finish();
  const Outcome outcome = answer_trace(*options, out, door);
  if (!options->births || outcome.exit_code > kPartial) return outcome;
  if (analysis_ == nullptr) return {kPartial, "the process has gone, and its memory cannot be shown"};
  Options births = *options;
  births.output.clear();
  return answer("annotate", births, traces_, out, door);
}

// The target at hand may be another process than the one that was traced, and has moved on since.
Outcome Session::report_trace(const Options& options, Output& out, const DoorInfo& door) {
  const auto traces = traces_for(options);
  if (!traces) return traces.error();
  Session apart{std::unique_ptr<TargetSource>()};
  return apart.answer("trace", options, *traces, out, door);
}

// The map at the end, where there still is one.
void Session::look_at_end(trace::Tracer& tracer, trace::Log& log) {
  analysis_.reset();
  if (const std::unique_ptr<TargetSource> target = tracer.target()) {
    Result<std::unique_ptr<Analysis>> made = analyze(*target);
    if (made)
      analysis_ = std::move(*made);
    else if (!target->failure().empty())
      traced_.say(Severity::note, "no_map", "no map at the end: " + target->failure());
  }
  tracer.release();
  if (analysis_) trace::join(log, analysis_->map);
}

// -o FILE takes the events, and what people read stays on the screen.
Outcome Session::answer_trace(const Options& options, Output& out, const DoorInfo& door) {
  if (options.output.empty()) return answer("trace", options, traces_, out, door);
  Options to_file = options;
  if (options.format == "text") to_file.format = "jsonl";
  const Outcome written = answer("trace", to_file, traces_, out, door);
  if (written.exit_code != 0 && written.exit_code != kPartial) return written;
  Options to_screen = options;
  to_screen.format = "text";
  to_screen.output.clear();
  return answer("trace", to_screen, traces_, out, door);
}

}  // namespace memmap
