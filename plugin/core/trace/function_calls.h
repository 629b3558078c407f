// From stops at the entries and returns of the runtime's functions to events in the log: for
// tracers that stop the program in them.
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

// Where arguments and results are: on the stack, or from 1.17 on in registers (amd64). Assembly
// has kept to the stack.
enum class Convention : std::uint8_t { stack, registers };

// A thread at the first instruction of a function, or at one of its RETs.
struct FunctionStop {
  std::uint32_t thread = 0;
  std::uint64_t goroutine = kNoGoroutine;
  std::uint64_t nanoseconds = 0;  // since the trace began
  StackRegisters registers;
  std::array<std::uint64_t, 4> words{};  // RAX, RBX, RCX, RDI: arguments, or results
};

class FunctionCalls {
 public:
  // Whom a stat pointer charges; null is none.
  using ChargeOf = std::function<Charge(Address stat)>;
  FunctionCalls(const MemoryReader& memory, AddressRange code, Log& log, Stacks& stacks,
                const Operations& what, ChargeOf charge_of)
      : memory_(memory),
        log_(log),
        walk_(memory, code),
        stacks_(stacks),
        sites_(log),
        what_(what),
        charge_of_(std::move(charge_of)) {}

  // The same entry may be seen again before its return: a signal's handler, and growing the
  // stack, come back to the first instruction. That is one call.
  void enter(const TracedFunction& function, Convention convention, const FunctionStop& stop);
  // A return whose entry was not seen is left alone.
  void leave(const TracedFunction& function, Convention convention, const FunctionStop& stop);

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

  std::uint64_t read(Address at, std::uint64_t size) const;
  Words arguments(const TracedFunction& function, Convention convention,
                  const FunctionStop& stop) const;
  Words results(const TracedFunction& function, Convention convention,
                const FunctionStop& stop) const;
  bool seen_before(const OpenCall& call, std::span<const StackEntry> stack);
  void forget_abandoned(std::uint32_t thread, std::span<const StackEntry> stack);
  const OpenCall* open_call(Operation operation, std::uint32_t thread) const;
  Sequence innermost_open(std::uint32_t thread) const;
  Sequence add_inlined(const Event& inner, const CallSite& site, const EnclosingCall& function);
  Event event_of(const OpenCall& call, const FunctionStop& stop) const;
  void set_results(Event& event, const TracedFunction& function, const Words& words) const;

  const MemoryReader& memory_;
  Log& log_;
  StackWalk walk_;
  Stacks& stacks_;
  CallSites sites_;
  Operations what_;
  ChargeOf charge_of_;
  std::vector<OpenCall> open_;  // of all threads, in the order in which they began
};

}  // namespace memmap::trace
