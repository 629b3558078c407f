// Addresses as a user of LLDB writes them: hex, or any of its expressions ("$sp-256").
#pragma once

#include <lldb/API/LLDB.h>

#include "words/parse.h"

namespace memmap {

// Registers and expressions are those of `frame`.
AddressParser address_parser(lldb::SBTarget target, lldb::SBFrame frame);

}  // namespace memmap
