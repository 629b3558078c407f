// The stack of a Go thread by its frame pointers, from the system stack on to the goroutine's.
#pragma once

#include <array>
#include <vector>

#include "process/target.h"

namespace memmap::trace {

struct StackRegisters {
  Address pc;
  Address sp;
  Address fp;  // RBP
};

struct StackEntry {
  Address pc;    // a return address, but for the first
  Address slot;  // where it lies; the first has none. One call has one slot for its life.
};

// Every Go function with a frame keeps RBP (amd64, since 1.7); those without one are leaves:
// sysMmap, madvise, Syscall6, and every function at its first instruction. systemstack sets RBP
// of the new stack so that the chain goes on. To 1.19 the caller of systemstack is left out.
class StackWalk {
 public:
  static constexpr std::size_t kMost = 64;  // entries

  // A pc outside of `code` ends a stack, but for the first two: C code stands there.
  StackWalk(const MemoryReader& memory, AddressRange code) : memory_(memory), code_(code) {}

  // At a leaf, or the first instruction of a function. Valid until the next walk.
  std::span<const StackEntry> at_leaf(const StackRegisters& registers);

 private:
  bool word(Address at, Address& value);

  const MemoryReader& memory_;
  AddressRange code_;
  std::vector<StackEntry> entries_;
  std::array<std::byte, 8192> block_{};  // the last read
  AddressRange held_;                    // what of it is valid
};

}  // namespace memmap::trace
