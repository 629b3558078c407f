// Whether LLDB's process is one of this machine, to be read through /proc like any other.
#pragma once

#include <lldb/API/LLDB.h>

namespace memmap {

// True if the target's process is the one with that pid on this machine, not one that happens to
// have the same number on another: it runs the same program, and its selected thread stands at
// the same stack address.
bool is_held_here(lldb::SBTarget& target);

}  // namespace memmap
