#include "native/image_blocks.h"

#include <elf.h>

#include <algorithm>

namespace memmap {
namespace {

struct ImageBlock {
  AddressRange range;  // in memory
  NativeKind kind;
  bool exact;
  std::string name;
};

bool name_is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

NativeKind kind_of(const ElfSection& section) {
  if (section.flags & SHF_EXECINSTR) return NativeKind::text;
  switch (section.type) {
    case SHT_DYNAMIC:
    case SHT_DYNSYM:
    case SHT_STRTAB:
    case SHT_HASH:
    case SHT_GNU_HASH:
    case SHT_GNU_verdef:
    case SHT_GNU_verneed:
    case SHT_GNU_versym:
    case SHT_REL:
    case SHT_RELA:
    case SHT_NOTE:
    case SHT_INIT_ARRAY:
    case SHT_FINI_ARRAY:
    case SHT_PREINIT_ARRAY:
      return NativeKind::loader_data;
    case SHT_NOBITS:
      return NativeKind::bss;
    default:
      break;
  }
  if (name_is_any(section.name, {".interp", ".got", ".got.plt", ".relr.dyn"})) return NativeKind::loader_data;
  // Constants that hold addresses: of a position independent Go program all type descriptors.
  if (section.name.starts_with(".data.rel.ro")) return NativeKind::rodata;
  return section.flags & SHF_WRITE ? NativeKind::data : NativeKind::rodata;
}

AddressRange in_memory(std::uint64_t address, std::uint64_t size, std::uint64_t bias) {
  return AddressRange::of(Address(address + bias), size).value_or(AddressRange{});
}

// Where the bytes [offset, offset + size) of the file lie, if a segment has all of them.
AddressRange of_file(const ElfFile& file, std::uint64_t offset, std::uint64_t size, std::uint64_t bias) {
  for (const ElfSegment& s : file.segments())
    if (s.type == PT_LOAD && s.offset <= offset && offset - s.offset <= s.file_size &&
        size <= s.file_size - (offset - s.offset))
      return in_memory(s.address + (offset - s.offset), size, bias);
  return {};
}

std::vector<ImageBlock> header_blocks(const ElfFile& file, std::uint64_t bias) {
  std::vector<ImageBlock> blocks;
  blocks.push_back({of_file(file, 0, file.headers_size(), bias), NativeKind::loader_data, true, "ELF header"});
  // Go's linker puts the section headers into the first page.
  if (file.section_table() != 0)
    blocks.push_back({of_file(file, file.section_table(), file.section_table_size(), bias), NativeKind::loader_data,
                      true, "section headers"});
  return blocks;
}

std::vector<ImageBlock> section_blocks(const ElfFile& file, std::uint64_t bias) {
  std::vector<ImageBlock> blocks;
  for (const ElfSection& section : file.sections()) {
    // .tbss takes no room: each thread has its own.
    const bool thread_zeros = section.type == SHT_NOBITS && (section.flags & SHF_TLS) != 0;
    if ((section.flags & SHF_ALLOC) == 0 || thread_zeros) continue;
    blocks.push_back({in_memory(section.address, section.size, bias), kind_of(section), true, section.name});
  }
  return blocks;
}

std::vector<ImageBlock> segment_blocks(const ElfFile& file, std::uint64_t bias) {
  std::vector<ImageBlock> blocks;
  for (const ElfSegment& s : file.segments()) {
    if (s.type != PT_LOAD) continue;
    const NativeKind kind = s.flags & PF_X ? NativeKind::text : s.flags & PF_W ? NativeKind::data : NativeKind::rodata;
    const std::uint64_t from_file = std::min(s.file_size, s.memory_size);
    blocks.push_back({in_memory(s.address, from_file, bias), kind, false, {}});
    blocks.push_back({in_memory(s.address + from_file, s.memory_size - from_file, bias), NativeKind::bss, false, {}});
  }
  return blocks;
}

// Later blocks give way to earlier ones; what is left of them stays. Sections do not overlap in
// a sound file, and segments give way to the headers that lie in them.
std::vector<ImageBlock> without_overlap(std::vector<ImageBlock> blocks) {
  std::vector<ImageBlock> kept;
  for (const ImageBlock& block : blocks) {
    Address at = block.range.begin;
    while (at < block.range.end) {
      Address end = block.range.end;
      const ImageBlock* over = nullptr;
      for (const ImageBlock& earlier : kept) {
        if (earlier.range.contains(at))
          over = &earlier;
        else if (earlier.range.begin > at)
          end = std::min(end, earlier.range.begin);
      }
      if (over == nullptr) kept.push_back({{at, end}, block.kind, block.exact, block.name});
      at = over == nullptr ? end : over->range.end;
    }
  }
  std::sort(kept.begin(), kept.end(), [](const ImageBlock& a, const ImageBlock& b) { return a.range < b.range; });
  return kept;
}

}  // namespace

std::vector<NativePiece> cut_image(const FoundImage& found, std::uint32_t index) {
  const ElfFile& file = *found.headers;
  const std::uint64_t bias = found.image.load_bias;
  std::vector<ImageBlock> blocks = header_blocks(file, bias);
  const std::vector<ImageBlock> rest =
      found.image.file_at_hand && !file.sections().empty() ? section_blocks(file, bias) : segment_blocks(file, bias);
  constexpr std::size_t kMost = 4096;  // sections; a sound file has a few dozen
  blocks.insert(blocks.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), kMost)));
  blocks = without_overlap(std::move(blocks));

  std::vector<NativePiece> pieces;
  auto next = blocks.begin();
  for (const AddressRange& part : found.image.parts) {
    Address at = part.begin;
    while (at < part.end) {
      while (next != blocks.end() && next->range.end <= at) ++next;
      const bool more = next != blocks.end() && next->range.begin < part.end;
      if (more && next->range.begin <= at) {
        const Address end = std::min(next->range.end, part.end);
        pieces.push_back({{at, end}, next->kind, next->exact, index, next->name});
        at = end;
      } else {
        const Address end = more ? next->range.begin : part.end;
        pieces.push_back({{at, end}, NativeKind::page_rounding, found.image.file_at_hand, index, {}});
        at = end;
      }
    }
  }
  return pieces;
}

}  // namespace memmap
