#include "trace/stack_walk.h"

#include <cstring>

namespace memmap::trace {

bool StackWalk::word(Address at, Address& value) {
  const AddressRange wanted{at, at + sizeof(std::uint64_t)};
  if (wanted.end < wanted.begin) return false;
  std::span<const std::byte> bytes = memory_.view(wanted);
  if (bytes.empty() && !held_.contains(wanted)) {
    const std::size_t got = memory_.read(at, block_);
    held_ = {at, at + got};
    if (got < sizeof(std::uint64_t)) return false;
  }
  if (bytes.empty()) bytes = std::span(block_).subspan(at - held_.begin);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes.data(), sizeof bits);
  value = Address(bits);
  return true;
}

std::span<const StackEntry> StackWalk::at_leaf(const StackRegisters& registers) {
  entries_.clear();
  held_ = {};
  entries_.push_back({registers.pc, {}});
  Address pc;
  if (word(registers.sp, pc) && code_.contains(pc)) entries_.push_back({pc, registers.sp});
  for (Address fp = registers.fp; entries_.size() < kMost && fp.value() % 8 == 0 && !fp.is_null();) {
    Address next;
    if (!word(fp, next) || !word(fp + 8, pc) || !code_.contains(pc)) break;
    entries_.push_back({pc, fp + 8});
    if (next == fp) break;
    fp = next;
  }
  return entries_;
}

}  // namespace memmap::trace
