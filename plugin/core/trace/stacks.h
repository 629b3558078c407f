// From the addresses on a stack to a stack in the log: each address is given its names once.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "dwarf/code_symbols.h"
#include "trace/events.h"

namespace memmap::trace {

class Stacks {
 public:
  // `bias` is added to the addresses of the symbols' file. Without symbols frames are addresses.
  Stacks(Log& log, std::shared_ptr<const CodeSymbols> symbols, std::uint64_t bias)
      : log_(log), symbols_(std::move(symbols)), bias_(bias) {}

  // Innermost first. The first may be the address of an instruction that is under way
  // (`at_entry`); all others are return addresses, and a system call's first is like one.
  StackId id(std::span<const Address> pcs, bool at_entry = false);

 private:
  const std::vector<Frame>& named(Address pc, bool returned_to);

  Log& log_;
  std::shared_ptr<const CodeSymbols> symbols_;
  std::uint64_t bias_;
  std::unordered_map<std::uint64_t, std::vector<Frame>> names_;  // by 2·pc + returned_to
  std::unordered_multimap<std::uint64_t, StackId> known_;        // by hash of the addresses
  std::unordered_map<StackId, std::vector<Address>> addresses_;
  std::vector<Frame> frames_;  // of the stack that is being named
};

}  // namespace memmap::trace
