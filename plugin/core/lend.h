// How memmap.so in an LLDB lends its analysis to the Python module in the same process, so that
// the target is not walked twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "session.h"

namespace memmap {

struct Loan {
  std::shared_ptr<const Analysis> analysis;
  std::string debugger;           // version line
  AddressParser address;          // any expression of the debugger's
  std::function<bool()> current;  // false once the target has moved on; may take the debugger's locks
};

// What memmap.so exports under kLendName. `stamp` is the borrower's MEMMAP_STAMP: only what was
// built from the same headers by the same compiler may share objects. `debugger` is the id of the
// SBDebugger whose selected target is meant.
//
// An exit code as in Outcome, and kOtherBuild; `sentence` then says why nothing was lent.
using LendFunction = int(const char* stamp, std::uint64_t debugger, Loan* loan, std::string* sentence);
inline constexpr const char* kLendName = "memmap_lend_1";  // changes with this signature
inline constexpr int kOtherBuild = -1;

}  // namespace memmap
