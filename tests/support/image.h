// Target memory written down in a test: zeros where nothing was put, and holes.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <vector>

#include "process/target.h"

namespace memmap::test {

class Image final : public MemoryReader {
 public:
  void map(AddressRange range) { readable_.push_back(range); }
  // Mapped and yet not readable, as a page that a core lost.
  void hole(AddressRange range) { holes_.push_back(range); }

  void put(Address at, std::uint64_t value, std::size_t size = 8) {
    for (std::size_t i = 0; i < size; ++i, value >>= 8)
      page(at + i)[(at + i).value() % kPage] = static_cast<std::byte>(value & 0xff);
  }
  // From now on view() has these bytes in place.
  void hold(AddressRange range) {
    std::vector<std::byte> bytes(range.size());
    bytes.resize(read(range.begin, bytes));
    held_.emplace_back(range.begin, std::move(bytes));
  }

  std::size_t read(Address from, std::span<std::byte> out) const override {
    ++reads;
    std::size_t done = 0;
    while (done < out.size()) {
      const std::size_t n = std::min(readable_at(from + done), out.size() - done);
      if (n == 0) break;
      copy(from + done, out.subspan(done, n));
      done += n;
    }
    return done;
  }
  std::span<const std::byte> view(AddressRange range) const override {
    for (const auto& [begin, bytes] : held_) {
      const AddressRange held{begin, begin + bytes.size()};
      if (held.contains(range)) return std::span(bytes).subspan(range.begin - begin, range.size());
    }
    return {};
  }
  void read_many(std::span<ReadRequest> requests) const override {
    ++batches;
    MemoryReader::read_many(requests);
  }

  mutable std::size_t reads = 0;
  mutable std::size_t batches = 0;

 private:
  static constexpr std::uint64_t kPage = 4096;
  using Page = std::array<std::byte, kPage>;

  Page& page(Address at) { return pages_[at.value() / kPage]; }

  // Bytes from `at` to the next end of a page, of a range or of a hole.
  std::size_t readable_at(Address at) const {
    for (const AddressRange& range : readable_) {
      if (!range.contains(at)) continue;
      std::uint64_t n = std::min(range.end - at, kPage - at.value() % kPage);
      for (const AddressRange& hole : holes_) {
        if (hole.contains(at)) return 0;
        if (hole.begin > at) n = std::min(n, hole.begin - at);
      }
      return n;
    }
    return 0;
  }
  void copy(Address from, std::span<std::byte> out) const {
    const auto found = pages_.find(from.value() / kPage);
    if (found == pages_.end())
      std::memset(out.data(), 0, out.size());
    else
      std::memcpy(out.data(), found->second.data() + from.value() % kPage, out.size());
  }

  std::vector<AddressRange> readable_, holes_;
  std::map<std::uint64_t, Page> pages_;
  std::vector<std::pair<Address, std::vector<std::byte>>> held_;
};

}  // namespace memmap::test
