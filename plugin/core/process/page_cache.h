// A MemoryReader that reads aligned blocks of its base once and keeps them: lists of small
// structs that lie side by side then cost one call for hundreds of items. Large reads and bases
// that hold the bytes in place go straight through.
#pragma once

#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/cancel.h"
#include "process/target.h"

namespace memmap {

class PageCache final : public MemoryReader {
 public:
  // Reading is what walks do all the time: here they notice that they are to end.
  explicit PageCache(const MemoryReader& base, const Cancellation& cancellation = Cancellation())
      : base_(base), cancellation_(cancellation) {}

  std::size_t read(Address from, std::span<std::byte> out) const override;
  std::span<const std::byte> view(AddressRange range) const override { return base_.view(range); }
  void read_many(std::span<ReadRequest> requests) const override { base_.read_many(requests); }

 private:
  static constexpr std::uint64_t kBlock = 16u << 10;
  using Block = std::vector<std::byte>;  // shorter than kBlock where the end cannot be read

  const Block& block_at(Address begin) const;

  const MemoryReader& base_;
  Cancellation cancellation_;
  mutable std::unordered_map<std::uint64_t, Block> blocks_;
  mutable const Block* last_ = nullptr;
  mutable Address last_begin_;
};

}  // namespace memmap
