// How the .def tables of this folder name things in the target: several spellings, newest first.
#pragma once

#include <array>
#include <cstddef>

namespace memmap::go {

// Unused places are null. A seventh spelling does not compile.
using Spellings = std::array<const char*, 6>;

// The first of a macro's variadic arguments, to build a fault's text while compiling. Called
// with a trailing comma, because clang wants an argument for "...".
#define MEMMAP_FIRST(first, ...) first

// What `look` says of the first spelling that it knows; and which one that was.
template <class Look>
auto first_known(const Spellings& spellings, Look look, const char** chosen = nullptr) {
  decltype(look("")) found;
  for (const char* const spelling : spellings) {
    if (spelling == nullptr || found) break;
    found = look(spelling);
    if (found && chosen != nullptr) *chosen = spelling;
  }
  return found;
}

// Of an enumerator in the table that made its enumeration.
template <class Enum>
constexpr std::size_t position(Enum e) {
  return static_cast<std::size_t>(e);
}

// Thrown as std::logic_error with "bug: …" for mistakes of ours; the hosts' doors catch it.
[[noreturn]] void bug(const char* what, const char* id);

}  // namespace memmap::go
