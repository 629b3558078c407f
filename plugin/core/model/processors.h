// The scheduler's Ps: what each has cached. They are read once, before everything else that asks them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"

namespace memmap {

struct Processor {
  Address address;
  std::uint32_t id = 0;                   // index in allp
  std::uint64_t status = 0;               // 1 = running
  Address mcache;                         // null for a P beyond gomaxprocs
  std::array<Address, 4> stack_caches{};  // mcache.stackcache[order].list
  Address palloc_base;
  std::uint64_t palloc_off = 0;
  bool runs_goroutine = false;  // its M has a current goroutine
  bool listed = false;          // id < len(allp): not taken away by a lower GOMAXPROCS
  bool active = false;          // listed, and id < gomaxprocs: flushallmcaches visits it
};

// allp up to its capacity: Ps removed by a lower GOMAXPROCS keep what they have.
struct Processors {
  std::vector<Processor> all;
  bool complete = false;            // every P was read: there are no other mcaches
  bool stack_caches_known = false;  // of the Ps that were read
  bool callers_known = false;       // runs_goroutine and palloc, of the Ps that were read
  // In `all`: the P whose palloc the flush inside ReadMemStats would use, one that runs a goroutine
  // before others, then that of the selected thread, then one that is marked as running.
  std::optional<std::size_t> caller;

  const Processor* calling() const { return caller ? &all[*caller] : nullptr; }
};

}  // namespace memmap
