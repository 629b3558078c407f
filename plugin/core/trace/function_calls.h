// From stops at the entries and returns of the runtime's functions to events in the log: for
// tracers that stop the program in them, or are told of them with their registers.
//
// How it is fed: a tracer looks up the symbols of traced_functions() (as they are, and with
// ".abi0" from 1.17 on, then by the stack's convention), and calls
//
//   enter()  at the entry: at the first instruction, or further on as long as SP is still that of
//            the first and RBP the caller's (at `push %rbp`)
//   leave()  at each RET
//
// in the order in which they happen, of all threads. Both read the stack, so the thread must
// stand there, or the memory have been copied at the time. What is inlined in a release is read
// off the stack of what it calls, so that has to be fed too (`instead_of` says some of it).
// Entries that are never left (the trace ended, the thread is gone) stay without a result.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "trace/enclosing.h"
#include "trace/events.h"
#include "trace/stack_walk.h"
#include "trace/stacks.h"

namespace memmap::trace {

struct TracedFunction {
  std::string_view name;
  Operation operation;
  std::string_view arguments;  // letters of functions.def
  std::string_view results;
  std::string_view instead_of;
};
std::span<const TracedFunction> traced_functions();

// Those of a program to stop in for the operations; where one of them is inlined, what it calls.
using HasFunction = std::function<bool(std::string_view name)>;
std::vector<const TracedFunction*> functions_for(const Operations& what, const HasFunction& has_function);

// Where arguments and results are: on the stack, or from 1.17 on in registers (amd64). Assembly
// has kept to the stack.
enum class Convention : std::uint8_t { stack, registers };

// How many of FunctionStop::words are looked at, there.
std::size_t words_at_entry(const TracedFunction& function, Convention convention);
std::size_t words_at_return(const TracedFunction& function, Convention convention);

// A thread at the first instruction of a function, or at one of its RETs.
struct FunctionStop {
  std::uint32_t thread = 0;
  std::uint64_t goroutine = kNoGoroutine;
  std::uint64_t nanoseconds = 0;  // since the trace began
  StackRegisters registers;
  std::array<std::uint64_t, 4> words{};  // RAX, RBX, RCX, RDI: arguments, or results
};

// How often a call comes by its entry.
enum class Entries : std::uint8_t {
  repeated,  // at the first instruction, to which a signal's handler and a growing stack come back
  once,      // behind the stack check; a call then keeps its thread
};

// How the traced release charges.
struct Charging {
  std::function<Charge(Address stat)> of;  // whom a stat pointer charges; it is not null
  bool has_heap_sys = false;               // charge_at()
};

class FunctionCalls {
 public:
  FunctionCalls(const MemoryReader& memory, AddressRange code, Log& log, Stacks& stacks, const Operations& what,
                Charging charging, Entries entries = Entries::repeated)
      : memory_(memory),
        log_(log),
        walk_(memory, code),
        stacks_(stacks),
        sites_(log),
        what_(what),
        charging_(std::move(charging)),
        entries_(entries) {}

  // An entry that is seen again before its return is one call.
  void enter(const TracedFunction& function, Convention convention, const FunctionStop& stop);
  // The same where the stack cannot be walked any more: innermost first. Only the return address
  // of the call itself needs its slot.
  void enter(const TracedFunction& function, Convention convention, const FunctionStop& stop,
             std::span<const StackEntry> stack);
  // A return whose entry was not seen is left alone.
  void leave(const TracedFunction& function, Convention convention, const FunctionStop& stop);
  // The innermost event that is under way on a thread, of that operation. 0 if there is none.
  // Entries::once only.
  Sequence under_way(std::uint32_t thread, std::optional<Operation> operation = {}) const;

 private:
  struct OpenCall {
    const TracedFunction* function;
    std::uint32_t thread;
    std::uint64_t goroutine;
    Address slot;    // of the return address
    Address caller;  // the return address
    std::vector<std::uint64_t> arguments;
    Sequence sequence;
    std::vector<Sequence> inlined;  // functions around it that end with it
  };
  using Words = std::vector<std::uint64_t>;

  bool same_flow(const OpenCall& a, const OpenCall& b) const;
  static bool is_on(std::span<const StackEntry> stack, const OpenCall& open);

  std::uint64_t read(Address at, std::uint64_t size) const;
  Words arguments(const TracedFunction& function, Convention convention, const FunctionStop& stop) const;
  Words results(const TracedFunction& function, Convention convention, const FunctionStop& stop) const;
  bool seen_before(const OpenCall& call, std::span<const StackEntry> stack);
  void forget_abandoned(const OpenCall& call, std::span<const StackEntry> stack);
  Sequence around(const OpenCall& call, std::optional<Operation> operation = {}) const;
  bool set_enclosing(OpenCall& call, Event& event);
  Event event_of(const OpenCall& call, const FunctionStop& stop) const;
  void set_results(Event& event, const TracedFunction& function, const Words& words) const;

  const MemoryReader& memory_;
  Log& log_;
  StackWalk walk_;
  Stacks& stacks_;
  CallSites sites_;
  Operations what_;
  Charging charging_;
  Entries entries_;
  std::vector<OpenCall> open_;  // of all threads, in the order in which they began
};

}  // namespace memmap::trace
