// The events of a trace and the map of the memory at its end: each gets the kind of what it made.
#pragma once

#include "map/address_map.h"
#include "trace/events.h"

namespace memmap::trace {

// Kinds from the map, for memory that is still there; counters, where the call site did not
// tell, from those kinds, and of memory given back from the event that had taken it.
void join(Log& log, const AddressMap& map);

}  // namespace memmap::trace
