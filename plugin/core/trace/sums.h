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
};

// Of the operations wanted. By operation each event is in its own sum; by anything else an event
// inside another that is wanted too does not count again. The largest first; times in order.
std::vector<Sum> sums(const Log& log, const Operations& wanted, SumBy by);

// What the event does, and to how many bytes. mmap of what may not be accessed only reserves.
Effect effect_of(const Event& event);

}  // namespace memmap::trace
