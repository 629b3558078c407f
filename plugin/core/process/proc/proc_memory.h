// Reads the memory of a live process on this machine.
#pragma once

#include <atomic>

#include "process/file_descriptor.h"
#include "process/target.h"

namespace memmap {

// By process_vm_readv, up to 1024 pieces to a call; by /proc/PID/mem where the first is refused
// (a seccomp filter, an old kernel). Needs no stop; whoever wants a consistent view stops first.
class ProcMemory : public MemoryReader {
 public:
  enum class Way : std::uint8_t { vm_readv, mem_file };
  explicit ProcMemory(std::uint64_t pid, Way way = Way::vm_readv);

  std::size_t read(Address from, std::span<std::byte> out) const override;
  void read_many(std::span<ReadRequest> requests) const override;

 private:
  std::size_t read_vm(Address from, std::span<std::byte> out) const;
  std::size_t read_mem(Address from, std::span<std::byte> out) const;
  std::size_t read_batch(std::span<ReadRequest> requests) const;
  bool refused(int error) const;

  std::uint64_t pid_;
  FileDescriptor mem_;
  mutable std::atomic<bool> vm_works_;
};

}  // namespace memmap
