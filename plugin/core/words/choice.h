// Options whose word is one of a few.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <tl/expected.hpp>

#include "base/text.h"

namespace memmap {

template <class T>
struct Choice {
  std::string_view word;
  T value;
};

template <class T, std::size_t N>
tl::expected<T, std::string> choose(std::string_view option, std::string_view word, const Choice<T> (&choices)[N]) {
  std::string known;
  for (const Choice<T>& choice : choices) {
    if (choice.word == word) return choice.value;
    known += known.empty() ? "" : ", ";
    known += choice.word;
  }
  return tl::unexpected<std::string>(fmt::format("{} knows no '{}'; it takes {}.", option, printable(word), known));
}

}  // namespace memmap
