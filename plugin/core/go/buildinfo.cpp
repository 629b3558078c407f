#include "go/buildinfo.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "process/load.h"

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

std::size_t pointer_size(const ElfFile& file) { return file.is_64() ? 8 : 4; }

// The file's bytes behind a linked address. Empty unless one segment has all of them.
Bytes bytes_at(const ElfFile& file, std::uint64_t address, std::uint64_t size) {
  for (const ElfSegment& segment : file.segments()) {
    if (segment.type != PT_LOAD || address < segment.address) continue;
    const Bytes loaded = file.bytes(segment.offset, segment.file_size);
    const Bytes found = clip(loaded, address - segment.address, size);
    if (found.size() == size) return found;
  }
  return {};
}

// What the dynamic linker will write at `address`. Linkers differ in whether they leave the
// value in the file too.
std::optional<std::uint64_t> relocated(const ElfFile& file, std::uint64_t address) {
  for (const ElfSection& section : file.sections()) {
    if (section.type != SHT_RELA || !file.is_64()) continue;
    const Bytes table = file.contents(section);
    for (std::uint64_t at = 0; const auto entry = load<Elf64_Rela>(table, at); at += sizeof *entry)
      if (entry->r_offset == address) return static_cast<std::uint64_t>(entry->r_addend);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> pointer_at(const ElfFile& file, std::uint64_t address) {
  const Bytes bytes = bytes_at(file, address, pointer_size(file));
  if (bytes.empty()) return std::nullopt;
  const std::uint64_t pointer = word(bytes);
  return pointer != 0 ? pointer : relocated(file, address);
}

// A Go string variable as the file initialises it.
std::optional<std::string> string_at(const ElfFile& file, std::uint64_t address) {
  const std::optional<std::uint64_t> data = pointer_at(file, address);
  const Bytes length = bytes_at(file, address + pointer_size(file), pointer_size(file));
  if (!data || length.empty() || word(length) == 0 || word(length) > kLongest) return std::nullopt;
  const Bytes text = bytes_at(file, *data, word(length));
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
std::optional<Found> find_buildinfo(const ElfFile& file) {
  if (const ElfSection* const section = file.section(".go.buildinfo"))
    if (const auto found = find_in(file.contents(*section), section->address)) return found;
  for (const ElfSegment& segment : file.segments()) {
    if (segment.type != PT_LOAD || !segment.permissions().write) continue;
    const Bytes bytes = file.bytes(segment.offset, segment.file_size);
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

std::optional<std::string> from_buildinfo(const ElfFile& file) {
  const std::optional<Found> info = find_buildinfo(file);
  if (!info) return std::nullopt;
  constexpr std::byte kInline{2};
  constexpr std::size_t kPointers = 16;
  if ((info->bytes[kMagic.size() + 1] & kInline) != std::byte{0}) return inline_string(info->bytes.subspan(kHeader));
  const std::optional<std::uint64_t> variable = pointer_at(file, info->address + kPointers);
  return variable ? string_at(file, *variable) : std::nullopt;
}

}  // namespace

std::optional<std::string> build_version(const ElfFile& file) {
  if (std::optional<std::string> found = from_buildinfo(file)) return found;
  constexpr std::array<std::string_view, 1> kVariable = {"runtime.buildVersion"};
  const std::optional<ElfSymbol> variable = file.symbols(kVariable).front();
  return variable ? string_at(file, variable->address) : std::nullopt;
}

}  // namespace memmap::go
