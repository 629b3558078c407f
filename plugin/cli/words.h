// The words of the command line: the target is this door's, the rest is the verb's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "words/command.h"

namespace memmap {

struct Words {
  std::optional<std::uint64_t> pid;
  std::string core;
  std::string executable;
  Command command;      // what is left, understood
  std::string problem;  // a sentence; empty if the words make sense
};

Words sort_words(std::span<char* const> arguments);

}  // namespace memmap
