// From words to Options: CLI11 takes the words apart, here they become values.
#include "words/options.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "verbs/export/exports.h"
#include "verbs/verbs.h"
#include "words/choice.h"
#include "words/trace_options.h"

namespace memmap {
namespace {

using Error = tl::unexpected<std::string>;

struct RawOptions {
#define VALUE(member, verbs, spelling, word, sentence) std::string member;
#define WORD VALUE
#define FLAG(member, verbs, spelling, word, sentence) bool member = false;
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  std::string second;  // of "A -- B"
};

bool takes(const Verb& verb, std::string_view group) {
  if (group == "rows") return verb.takes_rows;
  if (group == "addresses") return verb.takes_addresses;
  if (group == "reports") return verb.name != "export";
  if (group == "births") return verb.name == "annotate" || verb.name == "trace";
  if (group == "comparing") return verb.name == "export";
  if (group == "installs") return verb.name == "install" || verb.name == "uninstall";
  return group == "any" || group == verb.name;
}

// "-o,--output" without the rest of "-o,--output FILE" that is not on the left of a space.
std::vector<std::string_view> long_names(const Verb& verb) {
  std::vector<std::string_view> names;
  for (const OptionHelp& option : options_of(verb.name))
    if (option.spelling.starts_with("-")) names.push_back(option.spelling.substr(option.spelling.rfind("--")));
  return names;
}

std::string unexpected(const Verb& verb, std::string_view word) {
  if (!word.starts_with("-") || word == "-")
    return fmt::format("{} takes no argument '{}'.", verb.name, printable(word));
  const std::vector<std::string_view> known = long_names(verb);
  const std::string_view name = word.substr(0, word.find('='));
  const std::optional<std::string_view> meant = nearest(name, known);
  return fmt::format(
      "{} has no option {}{}", verb.name, printable(name),
      meant ? fmt::format("; did you mean {}?", *meant) : fmt::format(". 'memmap help {}' lists them.", verb.name));
}

// Of "A -- B" takes "--" and the word behind it away. Returns what is wrong, or nothing.
std::string take_second(std::vector<std::string>& words, std::string& second) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return {};
  if (dashes + 1 == words.end()) return "-- wants a second target behind it: A -- B.";
  second = dashes[1];
  words.erase(dashes, dashes + 2);
  return {};
}

tl::expected<RawOptions, std::string> take_apart(const Verb& verb, std::span<const std::string> words) {
  RawOptions raw;
  std::vector<std::string> rest(words.begin(), words.end());
  if (takes(verb, "comparing"))
    if (std::string wrong = take_second(rest, raw.second); !wrong.empty()) return Error(wrong);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
#define VALUE(member, verbs, spelling, word, sentence) \
  if (takes(verb, #verbs)) app.add_option(spelling, raw.member)->expected(1)->take_last();
#define WORD VALUE
#define FLAG(member, verbs, spelling, word, sentence) \
  if (takes(verb, #verbs)) app.add_flag(spelling, raw.member);
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  try {
    // CLI11 takes words from the back.
    std::reverse(rest.begin(), rest.end());
    app.parse(std::move(rest));
  } catch (const CLI::ParseError& error) {
    return Error(fmt::format("{}: {}.", verb.name, printable(error.what())));
  }
  const std::vector<std::string> unknown = app.remaining();
  if (!unknown.empty()) return Error(unexpected(verb, unknown.front()));
  return raw;
}

constexpr Choice<Unit> kUnits[] = {{"auto", Unit::automatic}, {"bytes", Unit::bytes}, {"KiB", Unit::kib},
                                   {"MiB", Unit::mib},        {"GiB", Unit::gib},     {"pages", Unit::pages}};
constexpr Choice<Sort> kSorts[] = {
    {"address", Sort::address}, {"size", Sort::size}, {"resident", Sort::resident}, {"kind", Sort::kind}};
constexpr Choice<Dimension> kDimensions[] = {
    {"kind", Dimension::kind}, {"counter", Dimension::counter}, {"mapping", Dimension::mapping}};

std::string set_kinds(Options& options, const std::string& list) {
  options.kinds.assign(static_cast<std::size_t>(Kind::count_), false);
  for (const std::string& pattern : split(list, ',')) {
    bool any = false;
    for (const KindInfo& kind : kKinds) {
      if (!matches(pattern, kind.id)) continue;
      options.kinds[static_cast<std::size_t>(kind.kind)] = true;
      any = true;
    }
    if (any) continue;
    std::vector<std::string_view> ids;
    for (const KindInfo& kind : kKinds) ids.push_back(kind.id);
    const std::optional<std::string_view> meant = nearest(pattern, ids);
    return fmt::format("--kind: no kind is called '{}'{}", printable(pattern),
                       meant ? fmt::format("; did you mean {}?", *meant) : ". 'memmap kinds' lists them.");
  }
  return {};
}

// Each returns what is wrong, as a sentence; empty if nothing is.
std::string set_filters(Options& options, const RawOptions& raw, const AddressParser& address) {
  if (!raw.kind.empty())
    if (std::string wrong = set_kinds(options, raw.kind); !wrong.empty()) return wrong;
  if (!raw.range.empty()) {
    options.range = parse_range(raw.range, address);
    if (!options.range)
      return fmt::format("--range takes A-B or A+LEN, as in 0xc000000000+64K, not '{}'.", printable(raw.range));
  }
  if (!raw.min_size.empty()) {
    const std::optional<std::uint64_t> size = parse_size(raw.min_size);
    if (!size) return fmt::format("--min-size takes a size like 4096 or 64K, not '{}'.", printable(raw.min_size));
    options.min_size = *size;
  }
  if (raw.rows.empty()) return {};
  std::uint64_t count = 0;
  const char* const end = raw.rows.data() + raw.rows.size();
  const auto [stop, error] = std::from_chars(raw.rows.data(), end, count);
  if (error != std::errc() || stop != end) return fmt::format("--rows takes a number, not '{}'.", printable(raw.rows));
  options.rows = count;
  return {};
}

std::string set_choices(Options& options, const RawOptions& raw) {
  if (!raw.units.empty()) {
    const auto unit = choose("--units", raw.units, kUnits);
    if (!unit) return unit.error();
    options.units = *unit;
  }
  if (!raw.sort.empty()) {
    const auto sort = choose("--sort", raw.sort, kSorts);
    if (!sort) return sort.error();
    options.sort = *sort;
  }
  if (raw.dimensions.empty()) return {};
  options.dimensions.clear();
  for (const std::string& word : split(raw.dimensions, ',')) {
    const auto dimension = choose("-d", word, kDimensions);
    if (!dimension) return dimension.error();
    options.dimensions.push_back(*dimension);
  }
  return {};
}

std::string set_export(Options& options, const RawOptions& raw) {
  const ExportFormat* format = export_named(raw.export_format);
  if (format == nullptr) {
    std::string known;
    for (const ExportFormat& one : export_formats()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    if (raw.export_format.empty()) return fmt::format("export needs a format: {}.", known);
    return fmt::format("export knows no '{}'; it takes {}.", printable(raw.export_format), known);
  }
  if (!format->narrows && !(raw.kind.empty() && raw.range.empty() && raw.min_size.empty()))
    return fmt::format("export {} shows everything; it takes no filter.", format->name);
  if (!format->is_table() && !(raw.sort.empty() && raw.rows.empty()))
    return fmt::format("--sort and --rows are for tables, and export {} is none.", format->name);
  options.format = format->name;
  if (raw.first.empty() && raw.second.empty()) return {};
  if (!format->compares) return fmt::format("export {} shows one target; html can compare two.", format->name);
  if (raw.first.empty() || raw.second.empty()) return "name two targets: A -- B.";
  options.compared = {raw.first, raw.second};
  return {};
}

std::string set_format(Options& options, const RawOptions& raw, bool trace) {
  if (raw.format.empty()) return {};
  options.format = raw.format;
  if (renderer_named(raw.format)) return {};
  if (trace && trace_document(raw.format) != nullptr)
    return raw.sum_by.empty() ? std::string() : fmt::format("{} shows the events; --by adds them up.", raw.format);
  std::vector<std::string_view> known = renderer_names();
  if (trace) std::ranges::copy(trace_documents(), std::back_inserter(known));
  return fmt::format("--format knows no '{}'; it takes {}.", printable(raw.format), fmt::join(known, ", "));
}

}  // namespace

tl::expected<Options, std::string> parse_options(std::string_view verb_name, std::span<const std::string> words,
                                                 const AddressParser& address) {
  const Verb& verb = *verb_named(verb_name);
  const tl::expected<RawOptions, std::string> raw = take_apart(verb, words);
  if (!raw) return Error(raw.error());

  Options options;
  options.output = raw->output;
  options.table = raw->table;
  options.no_color = raw->no_color;
  options.strict = raw->strict;
  options.help = raw->help;
  options.all = raw->all;
  options.births = raw->births || !raw->events.empty();
  options.events = raw->events;
  options.bar = raw->bar;
  options.assert_zero = raw->assert_zero;
  options.verbose = raw->verbose;
  options.trace.file = raw->traced;
  options.dry_run = raw->dry_run;
  if (options.help) return options;
  for (const std::string& wrong :
       {verb.name == "export" ? set_export(options, *raw) : set_format(options, *raw, verb.name == "trace"),
        set_choices(options, *raw), set_filters(options, *raw, address),
        set_trace(options.trace, {raw->what, raw->limit, raw->hits, raw->until, raw->stacks, raw->door, raw->sum_by})})
    if (!wrong.empty()) return Error(wrong);
  return options;
}

std::vector<OptionHelp> options_of(std::string_view verb_name) {
  const Verb& verb = *verb_named(verb_name);
  std::vector<OptionHelp> options;
#define VALUE(member, verbs, spelling, word, sentence) \
  if (takes(verb, #verbs)) options.push_back({spelling, word, sentence});
#define WORD VALUE
#define FLAG VALUE
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  return options;
}

}  // namespace memmap
