// A MemoryReader for places that are looked at again and again: what was read piece by piece at
// one stop of a thread is read in one call at its next.
#pragma once

#include <vector>

#include "process/target.h"

namespace memmap {

class RepeatedReads final : public MemoryReader {
 public:
  using Ranges = std::vector<AddressRange>;
  explicit RepeatedReads(const MemoryReader& base) : base_(base) {}

  // As long as it lives bytes are taken from what it has read of `ranges`. It leaves in them
  // what was asked for, for the next stop; empty at first. One at a time.
  class Stop {
   public:
    Stop(RepeatedReads& reads, Ranges& ranges);
    ~Stop();
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;

   private:
    RepeatedReads& reads_;
    Ranges& ranges_;
  };

  std::size_t read(Address from, std::span<std::byte> out) const override;
  std::span<const std::byte> view(AddressRange range) const override;

 private:
  struct Piece {
    AddressRange range;
    std::span<const std::byte> bytes;
    bool used = false;
  };

  void fill(const Ranges& ranges);

  const MemoryReader& base_;
  std::vector<std::byte> bytes_;
  std::vector<ReadRequest> requests_;
  mutable std::vector<Piece> pieces_;
  mutable Ranges missed_;
};

}  // namespace memmap
