// CLI11 takes the words apart.
#include "words/raw_options.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "words/command.h"
#include "words/parse.h"

namespace memmap {
namespace {

using namespace option_group;
using Error = tl::unexpected<std::string>;

std::vector<std::string_view> long_names(const Verb& verb) {
  std::vector<std::string_view> names;
  for (const OptionHelp& option : options_of(verb))
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

// "-o,--output" and "FILE": what an option is called in a sentence, and what it wants.
std::string missing(const Verb& verb, std::string_view spelling, std::string_view word) {
  if (!spelling.starts_with("-")) return fmt::format("{}: {} is empty.", verb.name, spelling);
  return fmt::format("{} needs a value: {}.", spelling.substr(spelling.rfind("--")), word);
}

// CLI11 would take the next word for the value of "--kind=".
std::string without_value(const Verb& verb, std::span<const std::string> words) {
  for (const std::string& text : words) {
    if (!text.starts_with("--") || !text.ends_with('=')) continue;
    const std::string name = text.substr(0, text.size() - 1);
    for (const OptionHelp& option : options_of(verb))
      if (option.spelling.ends_with(name) && !option.word.empty()) return missing(verb, option.spelling, option.word);
  }
  return {};
}

// Of "A -- B" takes "--" and the word behind it away. Returns what is wrong, or nothing.
std::string take_second(std::vector<std::string>& words, std::optional<std::string>& second) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes == words.end()) return {};
  if (dashes + 1 == words.end() || dashes[1].empty()) return "-- wants a second target behind it: A -- B.";
  second = dashes[1];
  words.erase(dashes, dashes + 2);
  return {};
}

// What CLI11 fills, and where it goes.
struct Wanted {
  CLI::Option* option;
  std::optional<std::string>* member;
  std::string_view spelling;
  std::string_view word;
};

std::vector<Wanted> add_options(CLI::App& app, const Verb& verb, RawOptions& raw, std::string& unused) {
  std::vector<Wanted> wanted;
  const auto add = [&](const char* spelling, const char* word, std::optional<std::string>& member) {
    wanted.push_back({app.add_option(spelling, unused)->expected(1)->take_last(), &member, spelling, word});
  };
#define VALUE(member, groups, spelling, word, sentence) \
  if (verb.takes(groups)) add(spelling, word, raw.member);
#define WORD VALUE
#define FLAG(member, groups, spelling, word, sentence) \
  if (verb.takes(groups)) app.add_flag(spelling, raw.member);
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  return wanted;
}

}  // namespace

tl::expected<RawOptions, std::string> sort_options(const Verb& verb, std::vector<std::string> words) {
  RawOptions raw;
  if (verb.takes(viewer))
    if (std::string wrong = take_second(words, raw.second); !wrong.empty()) return Error(wrong);
  if (std::string wrong = without_value(verb, words); !wrong.empty()) return Error(wrong);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::string unused;
  const std::vector<Wanted> options = add_options(app, verb, raw, unused);
  try {
    std::ranges::reverse(words);  // CLI11 takes words from the back
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return Error(fmt::format("{}: {}.", verb.name, printable(error.what())));
  }
  for (const Wanted& wanted : options) {
    if (wanted.option->count() == 0) continue;
    *wanted.member = wanted.option->results().back();
    if ((*wanted.member)->empty()) return Error(missing(verb, wanted.spelling, wanted.word));
  }
  for (const std::string& word : app.remaining()) {
    const bool is_term =
        raw.place && (word.size() < 2 || word[0] != '-' || std::isdigit(static_cast<unsigned char>(word[1])));
    if (!is_term) return Error(unexpected(verb, word));
    *raw.place += ' ' + word;  // of an expression that nobody has put between quotes
  }
  return raw;
}

std::vector<OptionHelp> options_of(const Verb& verb) {
  std::vector<OptionHelp> options;
#define VALUE(member, groups, spelling, word, sentence) \
  if (verb.takes(groups)) options.push_back({spelling, word, sentence});
#define WORD VALUE
#define FLAG VALUE
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  return options;
}

}  // namespace memmap
