// Whether a debugger's process is one of this machine, to be read through /proc like any other.
#pragma once

#include <cstdint>
#include <string>

#include "base/address.h"

namespace memmap {

// True if process `pid` of this machine is the one that a debugger holds stopped, not one that
// happens to have the same number on another: it runs the file `program`, and its thread `tid`
// stands at the stack address `stack`.
bool stands_here(std::uint64_t pid, const std::string& program, std::uint64_t tid, Address stack);

}  // namespace memmap
