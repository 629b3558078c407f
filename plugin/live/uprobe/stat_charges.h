// Whom the runtime charges for memory, from the stat pointer that it passes along.
#pragma once

#include <vector>

#include "go/runtime.h"
#include "trace/function_calls.h"

namespace memmap {

// A stat pointer points at a field of runtime.memstats, or from 1.19 on of runtime.gcController
// for the heap (mstats, gcControllerState).
class StatCharges {
 public:
  StatCharges(const go::Layout& layout, std::uint64_t bias);

  // unknown if it points elsewhere.
  trace::Charge of(Address stat) const;

 private:
  struct Place {
    Address at;
    trace::Charge charge;
  };
  std::vector<Place> places_;
};

// Whom a program's runtime charges, as far as its layout is known.
trace::Charging charging_of(const go::ProgramFile& file, std::uint64_t bias);

}  // namespace memmap
