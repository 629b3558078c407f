// What a trace has caught: requests for memory in the order in which they began, each with the
// stack that made it and, when it was made inside another, with that one.
//
// The seam between those who catch (a Tracer of any door: ptrace, uprobes, breakpoints) and
// those who use what was caught (lines, reports, births):
//
//   * A tracer calls begin() when a call begins and end() with its result; or add() where both
//     are known at once. Calls of several threads may be under way together.
//   * Event::parent is the enclosing call, which begins first: mmap inside sysAlloc inside
//     persistentalloc. Who sees system calls only gets the functions around them from the stack
//     (enclosing.h); who stops in the functions too passes what he has seen.
//   * Stacks are return addresses. Stacks::id() gives the same id for the same stack, and asks
//     for the names of an address once (stacks.h). Event::stack 0 is no stack.
//   * The counter is the one that the stat pointer names, where the tracer reads it; else the
//     call site's (sites.def), or at the end that of the memory in the map (join.h).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "map/kind.h"
#include "trace/operation.h"

namespace memmap::trace {

// Numbers events from 1, in the order in which they began; 0 is none.
using Sequence = std::uint32_t;
using StackId = std::uint32_t;
using TextId = std::uint32_t;  // 0 is the empty text

inline constexpr Address kNoAddress{~std::uint64_t{0}};
inline constexpr std::uint64_t kNoSize = ~std::uint64_t{0};
inline constexpr std::uint64_t kNoGoroutine = ~std::uint64_t{0};

// Where bytes are charged: the runtime's own accounting, and heap_sys as it was to 1.18.
enum class Charge : std::uint8_t {
  unknown,  // nobody has told yet
  none,     // no counter
  heap_sys,
  first_counter,  // then Counter, from heap_inuse on
};
constexpr Charge charge_of(Counter counter) {
  if (counter == Counter::none) return Charge::none;
  return static_cast<Charge>(static_cast<int>(Charge::first_counter) + static_cast<int>(counter) -
                             static_cast<int>(Counter::heap_inuse));
}
std::string_view name(Charge charge);  // "gc_misc_sys"; empty for none and unknown
std::optional<Charge> charge_named(std::string_view name);

struct Event {
  std::uint64_t nanoseconds = 0;  // since its trace began
  Address address = kNoAddress;   // the result; of calls without one, the memory they are about
  std::uint64_t size = kNoSize;   // bytes asked for, not rounded
  std::uint64_t goroutine = kNoGoroutine;
  AddressRange before;  // mremap: where the memory was
  std::uint32_t thread = 0;
  Sequence parent = 0;
  Sequence ended_after = 0;  // the last that had begun when the result came; 0: it has not come
  StackId stack = 0;
  TextId text = 0;               // prctl: the name that was given
  std::uint32_t alignment = 0;   // persistentalloc; 0 where there is none
  std::uint32_t protection = 0;  // mmap, mprotect: PROT_…; madvise: MADV_…
  std::uint32_t flags = 0;       // mmap: MAP_…; mremap: MREMAP_…
  std::int16_t error = 0;        // errno of a system call that failed
  Operation operation = Operation::mmap;
  Charge charge = Charge::unknown;
  Kind kind = Kind::unknown;  // of the memory: by call site, and at the end by the map
};

// One line of a stack. Several lie at one address where functions were inlined.
struct Frame {
  TextId function = 0;  // empty outside of the program's own code
  TextId file = 0;
  std::uint32_t line = 0;  // 0: unknown
  Address pc;              // a return address, but for the first
  bool operator==(const Frame&) const = default;
};

class Log {
 public:
  Log();
  Log(const Log& other);
  Log& operator=(const Log&) = delete;

  Sequence begin(const Event& event);
  void end(Sequence sequence, Address address);
  Sequence add(Event event);

  // Behind them the events of a later trace of the same process.
  void append(const Log& later);
  // Of which trace an event is, from 1, and its number there: in a file, which need not have all.
  struct Place {
    std::uint32_t trace = 1;
    Sequence sequence = 0;
  };
  Place place(Sequence sequence) const;
  void set_numbers(std::vector<Sequence> numbers) { numbers_ = std::move(numbers); }
  std::size_t traces() const { return begins_.size(); }
  // The id of the process; 0 where a file does not say it, and of logs that no file holds.
  std::uint64_t process() const { return process_; }
  void set_process(std::uint64_t pid) { process_ = pid; }

  std::size_t size() const { return events_.size(); }
  // How many there are of these operations.
  std::size_t count(const Operations& of) const;
  const Event& event(Sequence sequence) const { return events_[sequence - 1]; }
  Event& event(Sequence sequence) { return events_[sequence - 1]; }

  StackId stack(std::span<const Frame> innermost_first);
  std::span<const Frame> frames(StackId stack) const;
  TextId text(std::string_view text);
  std::string_view text(TextId id) const { return texts_[id]; }

 private:
  struct StackPlace {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  std::vector<Event> events_;
  std::array<std::size_t, Operations().size()> counts_{};  // by operation
  std::vector<Sequence> begins_{0};                        // of each trace what lies before its first event
  std::vector<Sequence> numbers_;                          // of all events; empty where they are as here
  std::uint64_t process_ = 0;
  std::vector<Frame> frames_;  // of all stacks
  std::vector<StackPlace> stacks_;
  std::unordered_multimap<std::size_t, StackId> stack_index_;  // by hash
  std::deque<std::string> texts_;                              // never move
  std::unordered_map<std::string_view, TextId> text_index_;
};

}  // namespace memmap::trace
