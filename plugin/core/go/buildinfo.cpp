#include "go/buildinfo.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "dwarf/symbols.h"

namespace memmap::go {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic = "\xff Go buildinf:";  // 14 bytes
constexpr std::size_t kHeader = 32;
constexpr std::size_t kAlignment = 16;
constexpr std::uint64_t kLongest = 256;  // of a version that is believed

std::uint64_t word(Bytes bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

// What the dynamic linker will write at `address`. Linkers differ in whether they leave the
// value in the file too.
std::optional<std::uint64_t> relocated(const ElfImage& image, std::uint64_t address) {
  if (image.pointer_size() != 8) return std::nullopt;
  for (const ElfImage::Section& section : image.sections()) {
    if (section.type != SHT_RELA) continue;
    const Bytes table = image.contents(section);
    for (std::size_t at = 0; at + sizeof(Elf64_Rela) <= table.size(); at += sizeof(Elf64_Rela)) {
      Elf64_Rela entry;
      std::memcpy(&entry, table.data() + at, sizeof entry);
      if (entry.r_offset == address) return static_cast<std::uint64_t>(entry.r_addend);
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> pointer_at(const ElfImage& image, std::uint64_t address) {
  const Bytes bytes = image.at(address, image.pointer_size());
  if (bytes.empty()) return std::nullopt;
  const std::uint64_t pointer = word(bytes);
  return pointer != 0 ? pointer : relocated(image, address);
}

// A Go string variable as the file initialises it.
std::optional<std::string> string_at(const ElfImage& image, std::uint64_t address) {
  const std::optional<std::uint64_t> data = pointer_at(image, address);
  const Bytes length = image.at(address + image.pointer_size(), image.pointer_size());
  if (!data || length.empty() || word(length) == 0 || word(length) > kLongest) return std::nullopt;
  const Bytes text = image.at(*data, word(length));
  if (text.empty()) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(text.data()), text.size());
}

struct Found {
  Bytes bytes;            // from the magic on
  std::uint64_t address;  // of the magic
};

std::optional<Found> find_in(Bytes bytes, std::uint64_t address) {
  for (std::size_t at = 0; at + kHeader <= bytes.size(); at += kAlignment)
    if (std::memcmp(bytes.data() + at, kMagic.data(), kMagic.size()) == 0)
      return Found{bytes.subspan(at), address + at};
  return std::nullopt;
}

// The section, or where section headers are gone the writable segments, which hold it.
std::optional<Found> find_buildinfo(const ElfImage& image) {
  if (const ElfImage::Section* const section = image.section(".go.buildinfo"))
    if (const auto found = find_in(image.contents(*section), section->address)) return found;
  for (const ElfImage::Segment& segment : image.segments()) {
    if (segment.type != PT_LOAD || (segment.flags & PF_X) != 0) continue;
    const Bytes bytes = image.at(segment.address, segment.file_size);
    if (const auto found = find_in(bytes, segment.address)) return found;
  }
  return std::nullopt;
}

// Since 1.18: a length in varint form and the text, right after the header.
std::optional<std::string> inline_string(Bytes bytes) {
  std::uint64_t length = 0;
  std::size_t at = 0;
  for (unsigned shift = 0; at < bytes.size() && shift < 32; shift += 7) {
    const auto part = std::to_integer<std::uint64_t>(bytes[at++]);
    length |= (part & 0x7f) << shift;
    if ((part & 0x80) == 0) break;
  }
  if (length == 0 || length > kLongest || length > bytes.size() - at) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(bytes.data()) + at, length);
}

std::optional<std::string> from_buildinfo(const ElfImage& image) {
  const std::optional<Found> info = find_buildinfo(image);
  if (!info) return std::nullopt;
  constexpr std::byte kInline{2};
  constexpr std::size_t kPointers = 16;
  if ((info->bytes[kMagic.size() + 1] & kInline) != std::byte{0})
    return inline_string(info->bytes.subspan(kHeader));
  const std::optional<std::uint64_t> variable = pointer_at(image, info->address + kPointers);
  return variable ? string_at(image, *variable) : std::nullopt;
}

}  // namespace

std::optional<std::string> build_version(const ElfImage& image) {
  if (std::optional<std::string> found = from_buildinfo(image)) return found;
  const std::optional<GlobalPlace> variable = find_symbol(image, "runtime.buildVersion");
  return variable ? string_at(image, variable->address) : std::nullopt;
}

}  // namespace memmap::go
