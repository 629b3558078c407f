#include "process/page_cache.h"

#include <algorithm>
#include <cstring>

namespace memmap {

const PageCache::Block& PageCache::block_at(Address begin) const {
  if (last_ != nullptr && last_begin_ == begin) return *last_;
  const auto [at, fresh] = blocks_.try_emplace(begin.value());
  if (fresh) {
    at->second.resize(kBlock);
    at->second.resize(base_.read(begin, at->second));
  }
  last_ = &at->second;
  last_begin_ = begin;
  return *last_;
}

std::size_t PageCache::read(Address from, std::span<std::byte> out) const {
  cancellation_.check();
  if (out.size() >= kBlock) return base_.read(from, out);
  if (const auto range = AddressRange::of(from, out.size()); !range) return 0;
  std::size_t done = 0;
  while (done < out.size()) {
    const Address at = from + done;
    const Address begin(round_down(at.value(), kBlock));
    const Block& block = block_at(begin);
    const std::uint64_t offset = at - begin;
    if (offset >= block.size()) {
      // The block may begin in an unreadable page although this byte can be read.
      return done + base_.read(at, out.subspan(done));
    }
    const std::size_t n = std::min<std::size_t>(out.size() - done, block.size() - offset);
    std::memcpy(out.data() + done, block.data() + offset, n);
    done += n;
  }
  return done;
}

}  // namespace memmap
