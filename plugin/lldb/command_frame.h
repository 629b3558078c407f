// The frame that the present command is about.
#pragma once

#include <lldb/API/LLDB.h>

namespace memmap {

// Mostly the selected one; in a stop hook that of the thread that the hook runs for. May be invalid.
lldb::SBFrame frame_of_command(lldb::SBDebugger& debugger, lldb::SBTarget& target);

}  // namespace memmap
