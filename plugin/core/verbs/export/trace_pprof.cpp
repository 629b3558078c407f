// trace --format pprof: the bytes of events by the stacks that asked for them.
#include <map>
#include <tuple>

#include "export/gzip.h"
#include "export/pprof.h"
#include "trace/amounts.h"
#include "verbs/export/exports.h"

namespace memmap {
namespace {

using trace::Event;
using trace::Sequence;
using Id = PprofWriter::Id;

class StackSums {
 public:
  StackSums(const trace::Log& log, const trace::Operations& wanted) : log_(log), wanted_(wanted) {
    for (const char* const type : {"taken", "given_back", "reserved", "live"}) out_.sample_type(type, "bytes");
    out_.sample_type("events", "count");
    // Names are known, and so there is no file to look for them in.
    mapping_ = out_.mapping({Address(), Address(~std::uint64_t{0})}, 0, "");
  }

  std::string run() {
    add_events();
    for (const auto& [key, values] : sums_) write(key, values);
    return out_.finish();
  }

 private:
  enum Value : std::uint8_t { kTaken, kGivenBack, kReserved, kLive, kEvents, kValues };
  using Values = std::array<std::int64_t, kValues>;
  using Key = std::tuple<trace::StackId, trace::Operation, trace::Charge, Kind>;

  static std::int64_t signed_of(std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); }
  Values& values_of(const Event& event) { return sums_[{event.stack, event.operation, event.charge, event.kind}]; }
  void add_events();
  std::vector<Id> locations(trace::StackId stack);
  void write(const Key& key, const Values& values);

  const trace::Log& log_;
  const trace::Operations& wanted_;
  PprofWriter out_;
  Id mapping_ = 0;
  std::map<Key, Values> sums_;
};

void StackSums::add_events() {
  const trace::Amounts amounts(log_, wanted_);
  for (Sequence sequence = 1; sequence <= log_.size(); ++sequence) {
    const Event& event = log_.event(sequence);
    if (amounts.live(sequence) != 0) values_of(event)[kLive] += signed_of(amounts.live(sequence));
    if (!amounts.counts(sequence)) continue;
    Values& values = values_of(event);
    ++values[kEvents];
    const trace::EventBytes bytes = amounts.counted(sequence);
    values[kReserved] += signed_of(bytes.reserved);
    values[kTaken] += signed_of(bytes.taken);
    values[kGivenBack] += signed_of(bytes.given_back);
  }
}

// Functions that were inlined share their address with the one that they were inlined into.
std::vector<Id> StackSums::locations(trace::StackId stack) {
  std::vector<Id> ids;
  const std::span<const trace::Frame> frames = log_.frames(stack);
  for (std::size_t i = 0; i < frames.size();) {
    const Address pc = frames[i].pc;
    std::vector<PprofWriter::Line> lines;
    for (; i < frames.size() && frames[i].pc == pc; ++i)
      if (const std::string_view function = log_.text(frames[i].function); !function.empty())
        lines.push_back({function, log_.text(frames[i].file), frames[i].line});
    ids.push_back(out_.location(mapping_, pc, lines));
  }
  return ids;
}

void StackSums::write(const Key& key, const Values& values) {
  const auto& [stack, operation, charge, kind] = key;
  out_.sample(locations(stack), values,
              {{"operation", trace::info(operation).id},
               {"counter", trace::name(charge)},
               {"kind", kind == Kind::unknown ? std::string_view() : memmap::info(kind).id}});
}

}  // namespace

void trace_pprof(const Question& question, Writer& writer) {
  writer.text() += gzip(StackSums(*question.traces.last, question.command.trace.what).run());
}

}  // namespace memmap
