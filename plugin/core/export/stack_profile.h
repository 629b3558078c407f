// Bytes as stacks, for tools that show stacks: the mapping outermost, then what lies in what, and
// innermost the counter where one is charged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "report/output.h"

namespace memmap {

struct StackProfile {
  struct Place {  // one mapping
    AddressRange range;
    std::uint64_t file_offset = 0;
    std::string file;
  };
  struct Sample {
    std::size_t place = 0;                 // index into `places`
    std::vector<std::string_view> frames;  // outermost first
    std::string_view kind;                 // for tags; empty if there is none
    std::string_view counter;
    std::uint64_t bytes = 0;
    std::uint64_t resident = 0;
    std::uint64_t count = 0;
  };

  std::vector<Place> places;
  std::vector<std::string> place_names;  // the outermost frame of each
  std::vector<std::string> permissions;  // of each place
  std::vector<Sample> samples;
  std::vector<std::string> comments;
  bool residency_known = false;  // else `resident` means nothing
};

// gzip of a pprof profile (profile.proto of github.com/google/pprof), without a time: the same
// stop gives the same bytes. Sample types virtual, resident where known (bytes), and count.
void write_pprof(const StackProfile& profile, Writer& writer);

// "mapping;heap arena;heap span;heap_inuse 8192": lines for flamegraph.pl, virtual bytes.
void write_folded(const StackProfile& profile, Writer& writer);

}  // namespace memmap
