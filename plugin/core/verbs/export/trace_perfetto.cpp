// trace --format perfetto: events on the tracks of their threads, and what they have made of
// counters and kinds of memory, over time.
#include <map>

#include <fmt/format.h>

#include "export/perfetto.h"
#include "trace/amounts.h"
#include "verbs/export/exports.h"

namespace memmap {
namespace {

using trace::Change;
using trace::Event;
using trace::Sequence;
using Track = PerfettoWriter::Track;
using Note = PerfettoWriter::Note;
using Word = PerfettoWriter::Word;

class Timeline {
 public:
  Timeline(const trace::Log& log, const trace::Operations& wanted, Writer& writer)
      : log_(log), wanted_(wanted), amounts_(log, wanted), out_(writer) {}

  void run(const Analysis* analysis) {
    const Track top = analysis != nullptr && analysis->target.pid
                          ? out_.process(*analysis->target.pid, "requests for memory")
                          : out_.track("requests for memory");
    by_counter_.group = out_.track("bytes by counter, since the trace began", top);
    by_kind_.group = out_.track("bytes by kind, since the trace began", top);
    threads_ = out_.track("events by thread", top);
    for (Sequence sequence = 1; sequence <= log_.size(); ++sequence)
      if (has(wanted_, log_.event(sequence).operation) && !add(sequence)) return;
  }

 private:
  // Tracks of one group: what each has come to.
  struct Running {
    Track track;
    std::int64_t bytes = 0;
  };
  struct Group {
    Track group{};
    std::map<std::string_view, Running> running = {};
  };

  bool add(Sequence sequence);
  bool change(Group& group, std::string_view name, std::uint64_t time, std::int64_t bytes);
  bool apply(std::uint64_t time, const Change& change);
  bool is_other_code(Sequence sequence) const;
  bool apply_all(Sequence sequence);
  bool show(Sequence sequence);
  Track thread_track(std::uint32_t thread);

  const trace::Log& log_;
  const trace::Operations& wanted_;
  trace::Amounts amounts_;
  PerfettoWriter out_;
  Group by_counter_;
  Group by_kind_;
  Track threads_{};
  std::map<std::uint32_t, Track> thread_tracks_;
};

// Each begins at 0, where the trace does.
bool Timeline::change(Group& group, std::string_view name, std::uint64_t time, std::int64_t bytes) {
  auto at = group.running.find(name);
  if (at == group.running.end()) {
    at = group.running.emplace(name, Running{out_.counter_track(name, group.group)}).first;
    if (time != 0 && !out_.counter(at->second.track, 0, 0)) return false;
  }
  at->second.bytes += bytes;
  return out_.counter(at->second.track, time, at->second.bytes);
}

bool Timeline::apply(std::uint64_t time, const Change& one) {
  const std::string_view counter = name(one.charge);
  return change(by_kind_, memmap::info(one.kind).shown, time, one.bytes) &&
         (counter.empty() || change(by_counter_, counter, time, one.bytes));
}

bool Timeline::add(Sequence sequence) {
  const Event& event = log_.event(sequence);
  for (const Change& one : changes_of(event))
    if (one.bytes != 0 && !apply(event.nanoseconds, one)) return false;
  return (is_other_code(sequence) ? apply_all(sequence) : true) && show(sequence);
}

// A system call that no function of the runtime answers for.
bool Timeline::is_other_code(Sequence sequence) const {
  return trace::info(log_.event(sequence).operation).level == trace::CallLevel::system_call &&
         amounts_.counts(sequence);
}

bool Timeline::apply_all(Sequence sequence) {
  for (const trace::Births::Change& one : amounts_.changes(sequence)) {
    const Event& owner = log_.event(one.maker == 0 ? sequence : one.maker);
    if (!apply(log_.event(sequence).nanoseconds, {owner.charge, owner.kind, one.bytes})) return false;
  }
  return true;
}

Track Timeline::thread_track(std::uint32_t thread) {
  const auto at = thread_tracks_.find(thread);
  if (at != thread_tracks_.end()) return at->second;
  return thread_tracks_[thread] = out_.track(fmt::format("thread {}", thread), threads_);
}

bool Timeline::show(Sequence sequence) {
  const Event& event = log_.event(sequence);
  std::vector<Note> notes = {{"sequence", std::uint64_t{sequence}}};
  if (event.address != trace::kNoAddress) notes.push_back({"address", event.address});
  if (event.size != trace::kNoSize) notes.push_back({"size", event.size});
  if (event.goroutine != trace::kNoGoroutine) notes.push_back({"goroutine", event.goroutine});
  if (const std::string_view counter = name(event.charge); !counter.empty())
    notes.push_back({"counter", Word{counter}});
  if (event.kind != Kind::unknown) notes.push_back({"kind", Word{memmap::info(event.kind).id}});
  if (event.parent != 0) notes.push_back({"parent", std::uint64_t{event.parent}});
  if (event.error != 0) notes.push_back({"errno", static_cast<std::uint64_t>(event.error)});
  std::vector<PerfettoWriter::Frame> stack;
  for (const trace::Frame& frame : log_.frames(event.stack)) {
    const std::string_view function = log_.text(frame.function);
    stack.push_back({function.empty() ? "not known" : function, log_.text(frame.file), frame.line});
  }
  return out_.instant(thread_track(event.thread), event.nanoseconds, trace::info(event.operation).id, notes, stack);
}

}  // namespace

void trace_perfetto(const Question& question, Writer& writer) {
  Timeline(*question.traces.last, question.command.trace.what, writer).run(question.analysis);
}

}  // namespace memmap
