// trace run, trace continue, trace report: what Session does with a door's tracer.
#include <chrono>

#include <fmt/format.h>

#include "analyze.h"
#include "base/text.h"
#include "session.h"
#include "trace/join.h"
#include "trace/lines.h"
#include "trace/tracer.h"
#include "words/export_formats.h"

namespace memmap {
namespace {

using namespace exit_code;
using Clock = std::chrono::steady_clock;

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

trace::Request request_of(const TraceOptions& options, const DoorInfo& door) {
  return {.command = options.program,
          .what = options.what,
          .limit = options.limit,
          .hits = options.hits,
          .until = options.until,
          .door = options.door,
          .interrupted = door.interrupted};
}

// What this door and this session cannot do.
std::string refusal(const Command& command, bool has_events, const DoorInfo& door) {
  if (!command.step->catches)
    return command.trace.file.empty() && !has_events ? "trace report needs a file that trace -o has written." : "";
  if (command.trace.door != trace::Door::automatic && !door.debugger.empty())
    return "--door goes with the command memmap in a shell; a trace inside LLDB is by breakpoints.";
  if (door.tracer == nullptr)
    return door.debugger.empty() ? "trace continue needs a process: -p PID."
                                 : "no tracing in this debugger: use the command memmap in a shell.";
  return {};
}

}  // namespace

Outcome Session::trace(const Command& command, Output& out, const DoorInfo& door) {
  if (std::string wrong = refusal(command, traces_.last != nullptr, door); !wrong.empty()) return {kUsage, wrong};
  const bool catches = command.step->catches;
  const Printing& output = command.output;
  // What a program prints itself would be in it.
  const bool mixes = catches || !out.takes_bytes();
  if (is_binary(output.format) && output.file.empty() && mixes)
    return {kUsage, fmt::format("{} is not text: say where it goes, with -o FILE.", output.format)};
  if (!catches) return report_trace(command, out, door);
  ended_.clear();
  traced_ = {};
  const auto log = std::make_shared<trace::Log>();
  LivePrinter printer(*log, command.trace, out, door.interrupted, output.format == "text" && output.file.empty());
  const trace::Ending ending = door.tracer->run(request_of(command.trace, door), *log, printer);
  using How = trace::Ending::How;
  if (ending.how != How::done) return {ending.how == How::usage ? kUsage : kUnreadable, ending.sentence};
  ended_ = ending.sentence;
  traced_ = ending.findings;
  look_at_end(*door.tracer, *log);
  traces_ = (command.step->starts ? trace::History() : traces_).with(log);
  printer.finish();
  const Outcome outcome = answer_trace(command, out, door);
  if (!command.births || outcome.exit_code > kPartial) return outcome;
  if (analysis_ == nullptr) return {kPartial, "the process has gone, and its memory cannot be shown"};
  Command births = command;
  births.verb = verb_named("annotate");
  births.output.file.clear();
  return answer(births, traces_, out, door);
}

// The target at hand may be another process than the one that was traced, and has moved on since.
Outcome Session::report_trace(const Command& command, Output& out, const DoorInfo& door) {
  const auto traces = traces_for(command);
  if (!traces) return traces.error();
  Session apart{std::unique_ptr<TargetSource>()};
  return apart.answer(command, *traces, out, door);
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
Outcome Session::answer_trace(const Command& command, Output& out, const DoorInfo& door) {
  if (command.output.file.empty()) return answer(command, traces_, out, door);
  Command to_file = command;
  if (to_file.output.format == "text") to_file.output.format = "jsonl";
  const Outcome written = answer(to_file, traces_, out, door);
  if (written.exit_code != 0 && written.exit_code != kPartial) return written;
  Command to_screen = command;
  to_screen.output.format = "text";
  to_screen.output.file.clear();
  return answer(to_screen, traces_, out, door);
}

}  // namespace memmap
