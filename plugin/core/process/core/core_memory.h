// The bytes of a core in place: of the core file, of the executable beside it, and zeros that
// the kernel did not write down.
#pragma once

#include "process/target.h"

namespace memmap {

class CoreMemory : public MemoryReader {
 public:
  // Everything that pieces point into is kept alive by `owners`.
  explicit CoreMemory(std::vector<std::shared_ptr<const void>> owners) : owners_(std::move(owners)) {}

  // `data` holds range.size() bytes; nullptr stands for zeros.
  void add(AddressRange range, const std::byte* data);
  // Sorts, after the last add(). Of pieces that overlap the first one added stays whole.
  void finish();

  std::size_t read(Address from, std::span<std::byte> out) const override;
  std::span<const std::byte> view(AddressRange range) const override;

 private:
  struct Piece {
    AddressRange range;
    const std::byte* data = nullptr;
  };
  const Piece* piece_at(Address a) const;

  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<Piece> pieces_;
};

}  // namespace memmap
