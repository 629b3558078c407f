// The runtime's functions around a system call, read off its stack: for tracers that see system
// calls only, and for functions that are inlined.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "trace/events.h"

namespace memmap::trace {

struct EnclosingCall {
  Operation operation = Operation::sysAlloc;
  std::uint32_t frame = 0;      // index of its outermost frame; the next is its caller
  std::uint32_t innermost = 0;  // index of its innermost frame
  bool inlined = false;         // all of it into its caller: no frame on the stack is its own
};

struct CallSite {
  std::vector<EnclosingCall> calls;    // outermost first
  std::optional<std::uint32_t> frame;  // index of who asked: no operation and no step to it
  std::string_view function;           // of that frame; lives as long as the log
};

CallSite call_site(const Log& log, std::span<const Frame> frames);

// The same, once for each stack of a log.
class CallSites {
 public:
  explicit CallSites(const Log& log) : log_(log) {}
  const CallSite& of(StackId stack);

 private:
  const Log& log_;
  std::unordered_map<StackId, CallSite> known_;
};

// What the memory of a function of the runtime is for, by who asked: sites.def. unknown if that
// does not tell.
Kind kind_at(const CallSite& site, Operation function, std::uint64_t size);
// Whom that function charges for it. To 1.18 mapped parts of arenas are heap_sys, then
// heap_released until they are used.
Charge charge_at(Operation function, Kind kind, bool has_heap_sys);

// An event of `function`, which stands on the stack of `call`, as far as that shows it: its size,
// what for, and whom it charges. A chunk of persistentalloc shows nothing of the piece for whose
// sake it was made.
Sequence begin_enclosing(Log& log, const Event& call, const CallSite& site, const EnclosingCall& function,
                         bool has_heap_sys);
// Its result, once the call has one.
void end_enclosing(Event& function, const Event& call);

// "(*mheap).grow" of "runtime.(*mheap).grow": the runtime's own are shown without their package.
std::string_view short_name(std::string_view function);

}  // namespace memmap::trace
