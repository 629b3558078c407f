// What the traces of one process have caught, for as long as somebody may ask.
#pragma once

#include <memory>

#include "base/findings.h"
#include "trace/events.h"

namespace memmap::trace {

struct History {
  std::shared_ptr<const Log> last;  // sums, rows and exports are of the last trace
  std::shared_ptr<const Log> all;   // births are of all, in their order; null where the process is another program now
  Findings findings = {};           // what births cannot know

  bool empty() const { return all == nullptr; }
  // The process has run and nobody saw what it asked for.
  void ran_untraced();
  // With a further trace of the same process.
  History with(std::shared_ptr<const Log> log) const;
};

}  // namespace memmap::trace
