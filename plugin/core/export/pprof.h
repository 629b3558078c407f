// A pprof profile, piece by piece: profile.proto of github.com/google/pprof. It has no time, so
// that the same samples are the same bytes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <protozero/pbf_writer.hpp>

#include "base/address.h"

namespace memmap {

class PprofWriter {
 public:
  using Id = std::uint64_t;  // of a mapping or a location; 0 is none

  // Several at one location where functions were inlined, the innermost first.
  struct Line {
    std::string_view function;
    std::string_view file = {};
    std::uint32_t line = 0;
  };
  struct Label {
    std::string_view key;
    std::string_view text;  // empty: no label
  };

  PprofWriter() { number(""); }
  PprofWriter(const PprofWriter&) = delete;
  PprofWriter& operator=(const PprofWriter&) = delete;

  // All before the first sample. The first is what viewers show unless asked for another.
  void sample_type(std::string_view type, std::string_view unit);
  Id mapping(AddressRange range, std::uint64_t file_offset, std::string_view file);
  // The same place and lines have one location.
  Id location(Id mapping, Address address, std::span<const Line> lines);
  // `stack`: innermost first. A value for each sample type.
  void sample(std::span<const Id> stack, std::span<const std::int64_t> values, std::initializer_list<Label> labels);
  void comment(std::string_view text);
  // The message, not yet compressed. The writer is used up.
  std::string finish();

 private:
  using Message = protozero::pbf_writer;

  std::int64_t number(std::string_view text);
  Id function(std::string_view name, std::string_view file);

  std::string text_;
  Message message_{text_};
  std::unordered_map<std::string, std::int64_t> numbers_;  // its keys do not move
  std::vector<const std::string*> strings_;
  std::unordered_map<std::string, Id> functions_;  // by what it says
  std::unordered_map<std::string, Id> locations_;
  std::uint64_t mappings_ = 0;
  std::int64_t default_type_ = 0;
};

}  // namespace memmap
