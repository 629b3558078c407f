#include "process/elf/elf_match.h"

#include <elf.h>

#include <algorithm>

#include "process/load.h"

namespace memmap {
namespace {

bool equal_at(std::span<const std::byte> a, std::span<const std::byte> b, std::uint64_t offset, std::uint64_t size) {
  const auto left = clip(a, offset, size);
  const auto right = clip(b, offset, size);
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin());
}

// strip shortens p_filesz of the data segment by the padding at its end, so sizes in the file are
// only compared for being there at all: a file of debug information alone has none.
bool segment_equal(const ElfSegment& a, const ElfSegment& b) {
  return a.type == b.type && a.flags == b.flags && a.offset == b.offset && a.address == b.address &&
         a.memory_size == b.memory_size && (a.file_size == 0) == (b.file_size == 0);
}

bool headers_equal(const ElfFile& a, const ElfFile& b) {
  if (a.is_64() != b.is_64() || a.type() != b.type() || a.machine() != b.machine() || a.entry() != b.entry() ||
      a.segment_table() != b.segment_table())
    return false;
  // A page holds 72 program headers; of more only the first are compared.
  if (!a.segments_cut_off() && a.segments().size() != b.segments().size()) return false;
  const std::size_t count = std::min(a.segments().size(), b.segments().size());
  return std::equal(a.segments().begin(), a.segments().begin() + static_cast<std::ptrdiff_t>(count),
                    b.segments().begin(), segment_equal);
}

bool note_equal(std::span<const std::byte> start, const ElfFile& file, std::uint64_t offset, std::uint64_t size) {
  const bool inside = offset <= start.size() && size <= start.size() - offset;
  return !inside || equal_at(start, file.all(), offset, size);
}

const ElfSegment* first_load(const ElfFile& file) {
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_LOAD) return &segment;
  return nullptr;
}

bool plausible(const ElfFile& file, std::uint64_t bias) {
  return bias % 4096 == 0 && (file.type() != ET_EXEC || bias == 0);
}

// The address in the file's own terms of its program headers.
std::optional<std::uint64_t> headers_in_file(const ElfFile& file) {
  for (const ElfSegment& s : file.segments())
    if (s.type == PT_LOAD && s.offset <= file.segment_table() && file.segment_table() - s.offset < s.file_size)
      return s.address + (file.segment_table() - s.offset);
  return std::nullopt;
}

}  // namespace

ElfMatch compare_start(std::span<const std::byte> start, const ElfFile& file) {
  const ElfFile::Opened in_memory = ElfFile::parse(start, nullptr, {});
  if (!in_memory) return start.empty() ? ElfMatch::unknown : ElfMatch::different;
  if (!headers_equal(**in_memory, file)) return ElfMatch::different;
  for (const ElfSection& section : file.sections())
    if (section.type == SHT_NOTE && !note_equal(start, file, section.offset, section.size)) return ElfMatch::different;
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_NOTE && !note_equal(start, file, segment.offset, segment.file_size))
      return ElfMatch::different;
  return ElfMatch::same;
}

std::optional<std::uint64_t> load_bias(const Target& target, const ElfFile& executable) {
  const auto entry = target.aux(AT_ENTRY);
  const auto headers = target.aux(AT_PHDR);
  const auto in_file = headers_in_file(executable);
  std::optional<std::uint64_t> bias;
  if (entry) bias = *entry - executable.entry();
  // A debugger's own start of the program aside, both tell the same.
  if (headers && in_file) {
    if (bias && *bias != *headers - *in_file) return std::nullopt;
    bias = *headers - *in_file;
  }
  if (!bias) {
    const ElfSegment* const first = first_load(executable);
    for (const Mapping& mapping : target.mappings)
      if (first != nullptr && !bias && mapping.is_file() && mapping.file == target.executable &&
          mapping.file_offset == round_down(first->offset, 4096))
        bias = mapping.range.begin.value() - round_down(first->address, 4096);
  }
  return bias && plausible(executable, *bias) ? bias : std::nullopt;
}

std::optional<Address> header_address(const ElfFile& file, std::uint64_t bias) {
  for (const ElfSegment& s : file.segments())
    if (s.type == PT_LOAD && s.offset == 0) return Address(s.address + bias);
  return std::nullopt;
}

}  // namespace memmap
