// allp: what each P has cached. Read by every walker that emulates what a flush would do.
#pragma once

#include <array>
#include <vector>

#include "base/findings.h"
#include "go/runtime.h"

namespace memmap::go {

struct Processor {
  Address address;
  std::uint32_t id = 0;                   // index in allp
  std::uint64_t status = 0;               // 1 = running
  Address mcache;                         // null for a P beyond gomaxprocs
  std::array<Address, 4> stack_caches{};  // mcache.stackcache[order].list
  Address palloc_base;
  std::uint64_t palloc_off = 0;
  bool runs_goroutine = false;  // its M has a current goroutine
  bool active = false;          // id < gomaxprocs: flushallmcaches visits it
};

// The pointers of allp. The bytes are read at once: a length that cannot be right fails here,
// not word by word.
struct Allp {
  Block pointers;         // up to the capacity
  std::uint64_t len = 0;  // Ps beyond were taken away by a lower GOMAXPROCS
};
Result<Allp> read_allp(const Runtime& runtime);

struct Processors {
  std::vector<Processor> all;
  bool complete = true;            // every P was read: there are no other mcaches
  bool stack_caches_known = true;  // of the Ps that were read
  bool callers_known = true;       // runs_goroutine and palloc, of the Ps that were read
};

// allp up to its capacity: Ps removed by a lower GOMAXPROCS keep what they have.
Processors read_processors(const Runtime& runtime, Findings& findings);

// The P whose palloc the flush inside ReadMemStats would use: one that runs a goroutine before
// others, then that of the selected thread, then one that is marked as running. Null if no P is
// any of these.
const Processor* calling_processor(const Runtime& runtime, const Processors& processors);

}  // namespace memmap::go
