// Field numbers are those of protos/perfetto/trace in github.com/google/perfetto.
#include "export/perfetto.h"

#include <protozero/pbf_writer.hpp>

#include "base/text.h"

namespace memmap {
namespace {

using Message = protozero::pbf_writer;

// TracePacket
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequence = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kInternedData = 12;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
constexpr std::uint32_t kStateCleared = 1;
constexpr std::uint32_t kStateNeeded = 2;
// TrackDescriptor
constexpr std::uint32_t kProcess = 3;
constexpr std::uint32_t kCounterDescriptor = 8;
// TrackEvent
constexpr std::uint32_t kInlineCallstack = 55;
// TrackEvent.type
constexpr int kBegin = 1;
constexpr int kEnd = 2;
constexpr int kInstant = 3;
constexpr int kCounter = 4;
// CounterDescriptor.unit, TrackDescriptor.child_ordering
constexpr int kBytes = 3;
constexpr int kExplicit = 3;

std::string utf8(std::string_view text) {
  std::string clean;
  append_utf8(clean, text);
  return clean;
}

}  // namespace

std::uint64_t PerfettoWriter::intern(Interned& list, std::string_view text) {
  const auto [at, fresh] = list.numbers.try_emplace(utf8(text), list.numbers.size() + 1);
  if (!fresh) return at->second;
  Message news(news_);
  Message entry(news, list.field);
  entry.add_uint64(1, at->second);
  entry.add_string(2, at->first);
  return at->second;
}

bool PerfettoWriter::packet(std::optional<std::uint64_t> time, std::uint32_t field, const std::string& message) {
  packet_.clear();
  Message packet(packet_);
  if (time) packet.add_uint64(kTimestamp, *time);
  packet.add_uint32(kSequence, 1);
  packet.add_uint32(kSequenceFlags, first_ ? kStateCleared | kStateNeeded : kStateNeeded);
  first_ = false;
  if (!news_.empty()) packet.add_message(kInternedData, news_);
  news_.clear();
  packet.add_message(field, message);
  Message(writer_.text()).add_message(1, packet_);
  return writer_.go_on();
}

PerfettoWriter::Track PerfettoWriter::describe(std::string_view name, std::optional<Track> parent, std::uint32_t field,
                                               const std::string& about) {
  const std::uint64_t id = ++tracks_;
  std::string text;
  Message track(text);
  track.add_uint64(1, id);
  track.add_string(2, utf8(name));
  if (parent) track.add_uint64(5, static_cast<std::uint64_t>(*parent));
  if (field != 0) track.add_message(field, about);
  track.add_enum(11, kExplicit);
  track.add_int32(12, static_cast<std::int32_t>(id));  // rank among its siblings
  packet(std::nullopt, kTrackDescriptor, text);
  return Track{id};
}

PerfettoWriter::Track PerfettoWriter::process(std::uint64_t pid, std::string_view name) {
  std::string about;
  Message process(about);
  process.add_int32(1, static_cast<std::int32_t>(pid));
  process.add_string(6, utf8(name));
  return describe(name, std::nullopt, kProcess, about);
}

PerfettoWriter::Track PerfettoWriter::track(std::string_view name, std::optional<Track> parent) {
  return describe(name, parent, 0, {});
}

PerfettoWriter::Track PerfettoWriter::counter_track(std::string_view name, Track parent) {
  std::string about;
  Message(about).add_enum(3, kBytes);
  return describe(name, parent, kCounterDescriptor, about);
}

void PerfettoWriter::start(int type, Track track) {
  event_.clear();
  Message event(event_);
  event.add_enum(9, type);
  event.add_uint64(11, static_cast<std::uint64_t>(track));
}

void PerfettoWriter::name_event(std::string_view name, std::span<const Note> notes) {
  Message event(event_);
  event.add_uint64(10, intern(names_, name));
  for (const Note& note : notes) {
    const std::uint64_t label = intern(labels_, note.name);
    Message annotation(event, 4);
    annotation.add_uint64(1, label);
    if (const auto* number = std::get_if<std::uint64_t>(&note.value)) {
      annotation.add_uint64(3, *number);
    } else if (const auto* address = std::get_if<Address>(&note.value)) {
      annotation.add_uint64(7, address->value());
    } else if (const auto* word = std::get_if<Word>(&note.value)) {
      annotation.add_uint64(17, intern(words_, word->text));
    } else {
      annotation.add_string(6, utf8(std::get<std::string_view>(note.value)));
    }
  }
}

bool PerfettoWriter::begin(Track track, std::uint64_t time, std::string_view name, std::span<const Note> notes) {
  start(kBegin, track);
  name_event(name, notes);
  return packet(time, kTrackEvent, event_);
}

bool PerfettoWriter::end(Track track, std::uint64_t time) {
  start(kEnd, track);
  return packet(time, kTrackEvent, event_);
}

bool PerfettoWriter::counter(Track track, std::uint64_t time, std::int64_t value) {
  start(kCounter, track);
  Message(event_).add_int64(30, value);
  return packet(time, kTrackEvent, event_);
}

bool PerfettoWriter::instant(Track track, std::uint64_t time, std::string_view name, std::span<const Note> notes,
                             std::span<const Frame> stack) {
  start(kInstant, track);
  name_event(name, notes);
  if (!stack.empty()) {
    Message event(event_);
    Message callstack(event, kInlineCallstack);
    for (std::size_t i = stack.size(); i-- > 0;) {  // Perfetto wants the outermost first
      Message frame(callstack, 1);
      frame.add_string(1, utf8(stack[i].function));
      if (!stack[i].file.empty()) frame.add_string(2, utf8(stack[i].file));
      if (stack[i].line != 0) frame.add_uint32(3, stack[i].line);
    }
  }
  return packet(time, kTrackEvent, event_);
}

}  // namespace memmap
