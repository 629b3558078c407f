// The words behind a verb, sorted by option and not yet understood.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <tl/expected.hpp>

#include "words/verb.h"

namespace memmap {

struct RawOptions {
#define VALUE(member, groups, spelling, word, sentence) std::optional<std::string> member;
#define WORD VALUE
#define FLAG(member, groups, spelling, word, sentence) bool member = false;
#include "words/options.def"
#undef VALUE
#undef WORD
#undef FLAG
  std::optional<std::string> second;  // of "A -- B"
};

// The error is a sentence: an option that the verb does not have, or one without its word.
tl::expected<RawOptions, std::string> sort_options(const Verb& verb, std::vector<std::string> words);

}  // namespace memmap
