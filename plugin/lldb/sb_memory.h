// Target memory through LLDB's API.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>

#include "process/target.h"

namespace memmap {

class SbMemory final : public MemoryReader {
 public:
  SbMemory(lldb::SBTarget target, std::atomic<bool>& interrupted);

  std::size_t read(Address from, std::span<std::byte> out) const override;

 private:
  std::size_t read_piece(Address from, std::span<std::byte> out) const;

  mutable lldb::SBTarget target_;  // its getters are not const
  mutable lldb::SBProcess process_;
  lldb::SBCommandInterpreter interpreter_;
  std::atomic<bool>& interrupted_;
};

}  // namespace memmap
