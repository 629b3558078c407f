#include "process/read.h"

#include <algorithm>

namespace memmap {

Result<std::uint64_t> read_word(const MemoryReader& memory, Address at, std::size_t size) {
  std::uint64_t value = 0;
  const auto out = std::as_writable_bytes(std::span(&value, 1)).first(size);
  if (at.is_null() || memory.read(at, out) < size) return fault(FaultCode::unreadable, "word", at);
  return value;
}

Result<Slice> read_slice(const MemoryReader& memory, Address at) {
  std::uint64_t header[3] = {};
  const auto out = std::as_writable_bytes(std::span(header));
  if (at.is_null() || memory.read(at, out) < out.size()) return fault(FaultCode::unreadable, "slice header", at);
  if (header[1] > header[2]) return fault(FaultCode::implausible, "slice header", at);
  return Slice{Address(header[0]), header[1], header[2]};
}

Result<std::string> read_string(const MemoryReader& memory, Address at, std::size_t limit) {
  const Result<std::uint64_t> data = read_word(memory, at);
  const Result<std::uint64_t> length = read_word(memory, at + 8);
  if (!data || !length) return fault(FaultCode::unreadable, "string header", at);
  std::string text(std::min<std::uint64_t>(*length, limit), '\0');
  const auto out = std::as_writable_bytes(std::span(text));
  if (memory.read(Address(*data), out) < out.size()) return fault(FaultCode::unreadable, "string", Address(*data));
  return text;
}

Result<Block> Block::read(const MemoryReader& memory, AddressRange range, const char* what) {
  Block block;
  block.bytes_ = memory.view(range);
  if (block.bytes_.size() == range.size()) return block;
  block.owned_.resize(range.size());
  if (range.begin.is_null() || memory.read(range.begin, block.owned_) < block.owned_.size())
    return fault(FaultCode::unreadable, what, range.begin);
  block.bytes_ = block.owned_;
  return block;
}

}  // namespace memmap
