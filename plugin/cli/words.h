// The words of the command line: the target is this door's, the rest is the verb's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace memmap {

struct Words {
  std::optional<std::uint64_t> pid;
  std::string core;
  std::string executable;
  std::vector<std::string> verb;  // the verb first, then its options
  bool help = false;              // asks for help: no target is opened
  std::string problem;            // a sentence; empty if the words make sense
};

Words sort_words(std::span<char* const> arguments);

}  // namespace memmap
