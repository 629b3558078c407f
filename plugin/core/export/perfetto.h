// A Perfetto trace, packet by packet: tracks, nested slices, counters, instants with stacks. What
// the time axis means is the caller's business: a trace has nanoseconds, the map has bytes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/address.h"
#include "report/output.h"

namespace memmap {

class PerfettoWriter {
 public:
  enum class Track : std::uint64_t {};

  // Shown beside a slice or an instant. Names and Words are few and said once; text is said anew.
  struct Word {
    std::string_view text;
  };
  struct Note {
    std::string_view name;
    std::variant<std::uint64_t, Address, Word, std::string_view> value;
  };
  struct Frame {
    std::string_view function;
    std::string_view file;  // empty if unknown
    std::uint32_t line = 0;
  };

  explicit PerfettoWriter(Writer& writer) : writer_(writer) {}
  PerfettoWriter(const PerfettoWriter&) = delete;
  PerfettoWriter& operator=(const PerfettoWriter&) = delete;

  // Tracks are shown in the order in which they were made. `parent` has to exist.
  Track process(std::uint64_t pid, std::string_view name);
  Track track(std::string_view name, std::optional<Track> parent = std::nullopt);
  Track counter_track(std::string_view name, Track parent);  // of bytes

  // Each returns false when the reader has seen enough. On one track events come in time order,
  // and slices nest.
  bool begin(Track track, std::uint64_t time, std::string_view name, std::span<const Note> notes = {});
  bool end(Track track, std::uint64_t time);
  bool counter(Track track, std::uint64_t time, std::int64_t value);
  // `stack`: innermost frame first.
  bool instant(Track track, std::uint64_t time, std::string_view name, std::span<const Note> notes = {},
               std::span<const Frame> stack = {});

 private:
  // Strings that are mentioned by number once they were said: each of InternedData's lists.
  struct Interned {
    std::uint32_t field;
    std::unordered_map<std::string, std::uint64_t> numbers = {};
  };
  std::uint64_t intern(Interned& list, std::string_view text);
  bool packet(std::optional<std::uint64_t> time, std::uint32_t field, const std::string& message);
  // `about`: the message at `field` of the TrackDescriptor; none if that is 0.
  Track describe(std::string_view name, std::optional<Track> parent, std::uint32_t field, const std::string& about);
  void start(int type, Track track);
  void name_event(std::string_view name, std::span<const Note> notes);

  Writer& writer_;
  std::uint64_t tracks_ = 0;
  bool first_ = true;
  Interned names_{.field = 2};   // event_names
  Interned labels_{.field = 3};  // debug_annotation_names
  Interned words_{.field = 29};  // debug_annotation_string_values
  std::string news_;             // InternedData of the packet under way
  std::string event_;
  std::string packet_;
};

}  // namespace memmap
