// From words to a Command.
#include "words/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/report.h"
#include "words/choice.h"
#include "words/export_formats.h"
#include "words/parse.h"
#include "words/raw_options.h"

namespace memmap {
namespace {

using namespace option_group;
using Error = tl::unexpected<std::string>;

constexpr std::string_view kLive = "live";

constexpr Choice<Unit> kUnits[] = {{"auto", Unit::automatic}, {"bytes", Unit::bytes}, {"KiB", Unit::kib},
                                   {"MiB", Unit::mib},        {"GiB", Unit::gib},     {"pages", Unit::pages}};
constexpr Choice<Sort> kSorts[] = {
    {"address", Sort::address}, {"size", Sort::size}, {"resident", Sort::resident}, {"kind", Sort::kind}};
constexpr Choice<Dimension> kDimensions[] = {
    {"kind", Dimension::kind}, {"counter", Dimension::counter}, {"mapping", Dimension::mapping}};

// Each returns what is wrong, as a sentence; empty if nothing is.

// Words that are no hex may be symbols, or expressions of a debugger's.
std::string set_range(Command& command, const std::string& word) {
  command.filter.range = parse_range(word, parse_address);
  if (!command.filter.range && may_be_expression(word) && word.find_first_of("+-", 1) != std::string::npos)
    command.range = word;
  return command.filter.range || !command.range.empty() ? std::string() : wrong_range(word);
}

std::string set_filter(Command& command, const RawOptions& raw) {
  if (raw.kind) {
    const auto kinds = parse_kinds(*raw.kind);
    if (!kinds) return kinds.error();
    command.filter.kinds = *kinds;
  }
  if (raw.range)
    if (std::string wrong = set_range(command, *raw.range); !wrong.empty()) return wrong;
  if (!raw.min_size) return {};
  const std::optional<std::uint64_t> size = parse_size(*raw.min_size);
  if (!size) return fmt::format("--min-size takes a size like 4096 or 64K, not '{}'.", printable(*raw.min_size));
  command.filter.min_size = *size;
  return {};
}

std::string set_order(Order& order, const RawOptions& raw) {
  if (raw.sort) {
    const auto sort = choose("--sort", *raw.sort, kSorts);
    if (!sort) return sort.error();
    order.sort = *sort;
  }
  if (raw.rows && !(order.rows = parse_count(*raw.rows)))
    return fmt::format("--rows takes a number, not '{}'.", printable(*raw.rows));
  return {};
}

std::string set_format(Printing& output, const Verb& verb, const RawOptions& raw) {
  if (!raw.format) return {};
  output.format = *raw.format;
  if (renderer_named(output.format)) return {};
  std::vector<std::string_view> known = renderer_names();
  if (verb.takes(traced)) {
    if (is_event_format(output.format))
      return raw.sum_by ? fmt::format("{} shows the events; --by adds them up.", output.format) : std::string();
    std::ranges::copy(event_formats(), std::back_inserter(known));
  }
  return fmt::format("--format knows no '{}'; it takes {}.", printable(output.format), fmt::join(known, ", "));
}

std::string set_output(Command& command, const RawOptions& raw) {
  Printing& output = command.output;
  output.file = raw.output.value_or("");
  output.table = raw.table.value_or("");
  output.no_color = raw.no_color;
  output.strict = raw.strict;
  if (raw.units) {
    const auto unit = choose("--units", *raw.units, kUnits);
    if (!unit) return unit.error();
    output.units = *unit;
  }
  return set_format(output, *command.verb, raw);
}

std::string file_of_target(const std::string& word) { return word == kLive ? std::string() : word; }

std::string set_compared(Command& command, const ExportFormat& format, const RawOptions& raw) {
  if (!raw.first && !raw.second) return {};
  if (!format.compares) return fmt::format("export {} shows one target; html can compare two.", format.name);
  if (!raw.first || !raw.second) return "name two targets: A -- B.";
  command.compared = {file_of_target(*raw.first), file_of_target(*raw.second)};
  return {};
}

std::string set_viewer(Command& command, const RawOptions& raw) {
  if (!command.verb->takes(viewer)) return {};
  std::string known;
  for (const ExportFormat& one : export_formats()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
  if (!raw.export_format) return fmt::format("export needs a format: {}.", known);
  const ExportFormat* format = export_named(*raw.export_format);
  if (format == nullptr) return fmt::format("export knows no '{}'; it takes {}.", printable(*raw.export_format), known);
  if (!format->narrows && (raw.kind || raw.range || raw.min_size))
    return fmt::format("export {} shows everything; it takes no filter.", format->name);
  if (!format->is_table && (raw.sort || raw.rows))
    return fmt::format("--sort and --rows are for tables, and export {} is none.", format->name);
  command.output.format = format->name;
  return set_compared(command, *format, raw);
}

std::string set_dimensions(Command& command, const RawOptions& raw) {
  if (!raw.dimensions) return {};
  auto dimensions = parse_dimensions(*raw.dimensions);
  if (!dimensions) return dimensions.error();
  command.dimensions = std::move(*dimensions);
  return {};
}

std::string wrong_place(const Command& command) {
  if (!command.verb->takes(place) || !command.place.empty()) return {};
  return fmt::format("{0} needs an address: memmap {0} 0xc000012340, or a symbol.", command.verb->name);
}

// The first sentence of what is wrong.
std::string fill(Command& command, const RawOptions& raw) {
  command.all = raw.all;
  command.births = raw.births || raw.events;
  command.events = raw.events.value_or("");
  command.bar = raw.bar;
  command.assert_zero = raw.assert_zero;
  command.verbose = raw.verbose;
  command.dry_run = raw.dry_run;
  command.place = raw.place.value_or("");
  for (const std::string& wrong :
       {set_viewer(command, raw), set_output(command, raw), set_dimensions(command, raw), set_order(command.order, raw),
        set_filter(command, raw), set_trace(command.trace, raw), wrong_step(command), wrong_place(command)})
    if (!wrong.empty()) return wrong;
  return {};
}

tl::expected<Command, std::string> help_about(std::span<const std::string> words) {
  Command command;
  command.help = true;
  if (words.empty()) return command;
  command.verb = verb_named(words.front());
  if (command.verb == nullptr) return Error(unknown_verb(words.front()));
  return command;
}

// Of a verb that starts programs takes "--" and the words of the program away.
void take_program(const Verb& verb, std::vector<std::string>& words, Command& command) {
  if (!verb.starts_programs()) return;
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return;
  command.trace.program.assign(dashes + 1, words.end());
  words.erase(dashes, words.end());
}

// "run" of trace run; what stands there is no argument, even if it is no step.
void take_step(const Verb& verb, std::vector<std::string>& words, Command& command) {
  if (verb.steps.empty() || words.empty() || words.front().starts_with("-")) return;
  command.step = step_named(verb, words.front());
  words.erase(words.begin());
}

// "0xc000012340", "&runtime.mheap_", "$sp-8", "main.main": what no verb is called.
bool is_bare_address(const std::string& word) {
  return parse_address(word) || word.find_first_of("&$*(.") != std::string::npos;
}

const Verb* verb_of(Group group) {
  const auto found = std::ranges::find_if(verbs(), [&](const Verb& verb) { return (verb.options & group) != 0; });
  return found == verbs().end() ? nullptr : &*found;
}

}  // namespace

tl::expected<Command, std::string> parse_command(std::span<const std::string> words) {
  if (words.empty()) return Error("no verb. 'memmap help' lists them.");
  if (words[0] == "help" || words[0] == "--help" || words[0] == "-h") return help_about(words.subspan(1));
  Command command;
  command.verb = verb_named(words[0]);
  const bool bare = command.verb == nullptr && is_bare_address(words[0]);
  if (bare) command.verb = verb_of(place);
  if (command.verb == nullptr) return Error(unknown_verb(words[0]));

  std::vector<std::string> rest(words.begin() + (bare ? 0 : 1), words.end());
  take_program(*command.verb, rest, command);
  take_step(*command.verb, rest, command);
  const tl::expected<RawOptions, std::string> raw = sort_options(*command.verb, std::move(rest));
  if (!raw) return Error(raw.error());
  command.help = raw->help;
  if (command.help) return command;
  if (std::string wrong = fill(command, *raw); !wrong.empty()) return Error(wrong);
  return command;
}

bool Command::needs_target() const {
  if (help || verb->target != TargetUse::needed) return false;
  return !compared || std::ranges::count(*compared, std::string()) != 0;
}

bool Command::takes_target() const {
  if (help || verb->target == TargetUse::unused) return false;
  return !compared || std::ranges::count(*compared, std::string()) != 0;
}

tl::expected<Filter::Kinds, std::string> parse_kinds(std::string_view list) {
  Filter::Kinds kinds;
  for (const std::string& pattern : split(list, ',')) {
    bool any = false;
    for (const KindInfo& kind : kKinds)
      if (matches(pattern, kind.id)) kinds[static_cast<std::size_t>(kind.kind)] = any = true;
    if (any) continue;
    std::vector<std::string_view> ids;
    for (const KindInfo& kind : kKinds) ids.push_back(kind.id);
    const std::optional<std::string_view> meant = nearest(pattern, ids);
    return Error(fmt::format("--kind: no kind is called '{}'{}", printable(pattern),
                             meant ? fmt::format("; did you mean {}?", *meant) : ". 'memmap kinds' lists them."));
  }
  return kinds;
}

tl::expected<std::vector<Dimension>, std::string> parse_dimensions(std::string_view list) {
  std::vector<Dimension> dimensions;
  for (const std::string& word : split(list, ',')) {
    const auto dimension = choose("-d", word, kDimensions);
    if (!dimension) return Error(dimension.error());
    dimensions.push_back(*dimension);
  }
  return dimensions;
}

}  // namespace memmap
