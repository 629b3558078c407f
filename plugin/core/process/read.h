// Typed reads from the target, each of which can fail.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "process/target.h"

namespace memmap {

// A Go slice header.
struct Slice {
  Address array;
  std::uint64_t len = 0;
  std::uint64_t cap = 0;
};

Result<std::uint64_t> read_word(const MemoryReader& memory, Address at, std::size_t size = 8);
Result<Slice> read_slice(const MemoryReader& memory, Address at);
// A Go string, cut to `limit` bytes.
Result<std::string> read_string(const MemoryReader& memory, Address at, std::size_t limit = 256);

// Bytes of the target: in place where the reader holds them, else copied.
class Block {
 public:
  static Result<Block> read(const MemoryReader& memory, AddressRange range, const char* what);

  std::span<const std::byte> bytes() const { return bytes_; }
  std::uint64_t word(std::size_t index) const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + index * sizeof value, sizeof value);
    return value;
  }
  std::size_t words() const { return bytes_.size() / sizeof(std::uint64_t); }

 private:
  std::vector<std::byte> owned_;
  std::span<const std::byte> bytes_;
};

}  // namespace memmap
