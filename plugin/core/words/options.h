// What the user asked for, checked: verbs never look at words.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/text.h"
#include "map/kind.h"
#include "words/parse.h"
#include "words/trace_options.h"

namespace memmap {

enum class Sort : std::uint8_t { address, size, resident, kind };
enum class Dimension : std::uint8_t { kind, counter, mapping };

struct Options {
  std::string format = "text";  // a renderer's name, of export an ExportFormat's
  std::string output;           // a file; empty is stdout
  std::string table;
  Unit units = Unit::automatic;
  bool no_color = false;
  bool strict = false;
  bool help = false;

  std::vector<bool> kinds;  // by Kind; empty means all
  std::optional<AddressRange> range;
  std::uint64_t min_size = 0;
  std::optional<Sort> sort;
  std::optional<std::uint64_t> rows;

  bool all = false;
  bool births = false;
  std::string events;  // a file of a trace; empty: the session's own
  std::vector<Dimension> dimensions = {Dimension::kind};
  bool bar = false;
  bool assert_zero = false;
  bool verbose = false;
  bool dry_run = false;

  TraceOptions trace;
  std::optional<std::array<std::string, 2>> compared;  // A -- B: cores, or "live"

  bool wants(Kind kind) const { return kinds.empty() || kinds[static_cast<std::size_t>(kind)]; }
  bool filters() const { return !kinds.empty() || range || min_size != 0; }
};

// The words after the verb. The error is one sentence.
tl::expected<Options, std::string> parse_options(std::string_view verb, std::span<const std::string> words,
                                                 const AddressParser& address);

// The options of a verb, as help shows them.
struct OptionHelp {
  std::string_view spelling;
  std::string_view word;
  std::string_view sentence;
};
std::vector<OptionHelp> options_of(std::string_view verb);

}  // namespace memmap
