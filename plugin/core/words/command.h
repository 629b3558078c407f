// What was asked: words are taken apart once, where they come in, and nothing behind that looks at words.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/text.h"
#include "view/filter.h"
#include "words/trace_options.h"
#include "words/verb.h"

namespace memmap {

// How the answer is written, and where to.
struct Printing {
  std::string format = "text";  // a renderer's name, of export an ExportFormat's
  std::string file;             // empty: stdout
  std::string table;            // empty: the first
  Unit units = Unit::automatic;
  bool no_color = false;
  bool strict = false;
};

struct Command {
  const Verb* verb = nullptr;  // nullptr: help about all of them
  const Step* step = nullptr;  // of a verb that has some
  bool help = false;

  Filter filter;
  std::string range;               // of the filter, where only the target can say what its words mean
  std::string place;               // of explain: hex, a symbol, an expression
  std::optional<Address> address;  // what it comes to, once there is a target
  Order order;
  Printing output;

  bool all = false;
  bool births = false;
  std::string events;  // a file of a trace; empty: the session's own
  std::vector<Dimension> dimensions = {Dimension::kind};
  bool bar = false;
  bool assert_zero = false;
  bool verbose = false;
  bool dry_run = false;

  TraceOptions trace;
  // A -- B: the file of a core each, or empty for the target at hand ("live").
  std::optional<std::array<std::string, 2>> compared;

  // It cannot be answered without a target at hand.
  bool needs_target() const;
  // It looks at one where there is one.
  bool takes_target() const;
  // It lets the target run, and needs a door's tracer.
  bool catches() const { return !help && step != nullptr && step->catches; }
};

// The verb and what follows it. The error is one sentence.
tl::expected<Command, std::string> parse_command(std::span<const std::string> words);

// As --kind and -d take them.
tl::expected<Filter::Kinds, std::string> parse_kinds(std::string_view list);
tl::expected<std::vector<Dimension>, std::string> parse_dimensions(std::string_view list);

// The options of a verb, as help shows them.
struct OptionHelp {
  std::string_view spelling;
  std::string_view word;
  std::string_view sentence;
};
std::vector<OptionHelp> options_of(const Verb& verb);

// Help for one verb, or the list of verbs without one. The doors print it as it is.
std::string help_text(const Verb* verb);

}  // namespace memmap
