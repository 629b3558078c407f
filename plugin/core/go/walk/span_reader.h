// Reads mspans in bulk. allspans is in creation order and fixalloc carves mspans side by side,
// so the pointers come in runs; a run is read at once and parsed where it lies.
#pragma once

#include <vector>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"
#include "process/read.h"

namespace memmap::go {

struct SpansRead {
  std::vector<Span> spans;  // not dead and backed by memory, in the order of the pointers
  std::vector<Address> special_lists;
};

// Spans that cannot be right are counted in `findings` and left out.
SpansRead read_spans(const Runtime& runtime, const Block& pointers, Findings& findings);

}  // namespace memmap::go
