// What a door does with words: parse, run, or say what is wrong with them.
#pragma once

#include <string>
#include <vector>

#include "session.h"
#include "support/catch.h"

namespace memmap::test {

inline Command command_of(const std::vector<std::string>& words) {
  auto command = parse_command(words);
  INFO((command ? std::string() : command.error()));
  REQUIRE(command);
  return std::move(*command);
}

inline Outcome ask(Session& session, const std::vector<std::string>& words, Output& out, const DoorInfo& door = {}) {
  const auto command = parse_command(words);
  return command ? session.run(*command, out, door) : Outcome{exit_code::kUsage, command.error()};
}

}  // namespace memmap::test
