// Which file the selected target's core is.
#pragma once

#include <lldb/API/LLDB.h>

#include <string>

namespace memmap {

// Empty if the process is not an ELF core or its file is not at hand.
std::string core_path(lldb::SBProcess& process);

}  // namespace memmap
