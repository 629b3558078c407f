// Where a command means: its words for addresses, once there is a target that they can be about.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "analysis.h"
#include "words/command.h"
#include "words/parse.h"

namespace memmap {

// The command with addresses in place of words: hex, then symbols, then what the door makes of them (a
// debugger's expressions). So a symbol means the same at each door. The error is a sentence.
tl::expected<Command, std::string> placed(Command command, const Analysis& analysis, const AddressParser& door);

}  // namespace memmap
