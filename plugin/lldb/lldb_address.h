// Addresses as a user of LLDB writes them: hex, or any of its expressions ("$sp-256").
#pragma once

#include <lldb/API/LLDB.h>

#include "words/parse.h"

namespace memmap {

AddressParser address_parser(lldb::SBTarget target);

}  // namespace memmap
