// What was caught, added up.
#pragma once

#include <string>
#include <vector>

#include "trace/events.h"

namespace memmap::trace {

enum class SumBy : std::uint8_t { operation, counter, site, kind, time };

struct Sum {
  std::string label;
  std::uint64_t count = 0;
  std::uint64_t reserved = 0;  // bytes of address space without memory
  std::uint64_t taken = 0;     // bytes
  std::uint64_t given_back = 0;
  std::uint64_t live = 0;  // of what was taken, what is there at the end (Amounts::live)
};

// Of the operations wanted. By operation each event is in its own sum; by site and time an event
// inside another that is wanted too does not count again. By counter and kind taken less given
// back is what they have changed by (changes_of). The largest first; times in order.
std::vector<Sum> sums(const Log& log, const Operations& wanted, SumBy by);

}  // namespace memmap::trace
