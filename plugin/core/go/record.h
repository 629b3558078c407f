// The bytes of one runtime struct. Fetching can fail; reading a field afterwards cannot,
// because Layout::bind checked that every field lies inside its struct.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "base/result.h"
#include "go/layout/layout.h"
#include "process/target.h"

namespace memmap::go {

class Record {
 public:
  static constexpr std::size_t kInline = 512;  // larger structs need a scratch buffer

  // A view of bytes that the caller keeps: nothing is copied.
  static Record at(std::span<const std::byte> bytes, const Layout& layout, Address address) {
    return Record(layout, address, bytes);
  }

  // In place where the reader holds the bytes, else copied into the record.
  static Result<Record> fetch(const MemoryReader& memory, const Layout& layout, Address address, std::uint64_t size,
                              const char* what) {
    if (size > kInline) return fault(FaultCode::unsupported, what, address);
    Record record(layout, address, {});
    return record.fill(memory, size, what, [&] { return record.inline_.data(); });
  }

  // For structs of any size, else copied into `scratch`. Valid until `scratch` changes.
  static Result<Record> fetch(const MemoryReader& memory, const Layout& layout, Address address, std::uint64_t size,
                              const char* what, std::vector<std::byte>& scratch) {
    Record record(layout, address, {});
    return record.fill(memory, size, what, [&] {
      if (scratch.size() < size) scratch.resize(size);
      return scratch.data();
    });
  }

  Record(const Record& other) { *this = other; }
  Record& operator=(const Record& other) {
    layout_ = other.layout_;
    address_ = other.address_;
    bytes_ = other.bytes_;
    if (other.bytes_.data() == other.inline_.data()) {
      std::memmove(inline_.data(), other.inline_.data(), bytes_.size());
      bytes_ = {inline_.data(), bytes_.size()};
    }
    return *this;
  }

  bool has(Field field) const { return layout_->has(field); }
  // Zero extended; the width is the layout's: nelems is 8 bytes in Go 1.21 and 2 in 1.22.
  std::uint64_t operator[](Field field) const {
    const FieldPlace& place = (*layout_)[field];
    return read(field, place.offset, place.size);
  }
  std::uint64_t value_or(Field field, std::uint64_t fallback) const { return has(field) ? (*this)[field] : fallback; }
  Address pointer(Field field) const { return Address((*this)[field]); }
  std::int64_t signed_value(Field field) const {
    const unsigned unused = 64 - 8 * (*layout_)[field].size;
    return static_cast<std::int64_t>((*this)[field] << unused) >> unused;
  }

  // Of an array field.
  std::uint64_t element(Field field, std::uint32_t i) const {
    const FieldPlace& place = (*layout_)[field];
    if (i >= place.count) bug("element past the end of", name(field));
    return read(field, place.offset + std::uint64_t{i} * place.stride, place.stride);
  }

  Address address() const { return address_; }
  // Of the field itself, or of its element `i`, in the target.
  Address address_of(Field field, std::uint32_t i = 0) const {
    const FieldPlace& place = (*layout_)[field];
    return address_ + place.offset + std::uint64_t{i} * place.stride;
  }
  // For fields that are structs: Record::at() of these is a record of the inner struct.
  std::span<const std::byte> bytes_of(Field field, std::uint32_t i = 0) const {
    const FieldPlace& place = (*layout_)[field];
    const std::uint64_t offset = place.offset + std::uint64_t{i} * place.stride;
    if (i >= place.count || offset + place.stride > bytes_.size()) bug("read outside the struct", name(field));
    return bytes_.subspan(offset, place.count == 1 ? place.size : place.stride);
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  const Layout& layout() const { return *layout_; }

 private:
  // inline_ stays unset: a record is made per span, and most are views.
  Record(const Layout& layout, Address address, std::span<const std::byte> bytes)
      : layout_(&layout), address_(address), bytes_(bytes) {}

  template <class Buffer>
  Result<Record> fill(const MemoryReader& memory, std::uint64_t size, const char* what, Buffer buffer) {
    const auto range = AddressRange::of(address_, size);
    if (address_.is_null() || !range) return fault(FaultCode::implausible, what, address_);
    bytes_ = memory.view(*range);
    if (bytes_.size() == size) return *this;
    const std::span<std::byte> copy(buffer(), size);
    if (memory.read(address_, copy) < size) return fault(FaultCode::unreadable, what, address_);
    bytes_ = copy;
    return *this;
  }

  std::uint64_t read(Field field, std::uint64_t offset, std::uint64_t size) const {
    if (offset + size > bytes_.size()) bug("read outside the struct", name(field));
    const std::byte* const from = bytes_.data() + offset;
    switch (size) {  // little-endian targets
      case 1:
        return std::to_integer<std::uint64_t>(*from);
      case 2:
        return load<std::uint16_t>(from);
      case 4:
        return load<std::uint32_t>(from);
      case 8:
        return load<std::uint64_t>(from);
      default:
        bug("not a number", name(field));
    }
  }
  template <class Word>
  static std::uint64_t load(const std::byte* from) {
    Word word;
    std::memcpy(&word, from, sizeof word);
    return word;
  }

  const Layout* layout_ = nullptr;
  Address address_;
  std::span<const std::byte> bytes_;
  std::array<std::byte, kInline> inline_;
};

}  // namespace memmap::go
