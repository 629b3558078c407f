#include "native/elf_images.h"

#include <elf.h>

#include <algorithm>

#include <fmt/format.h>

#include "process/elf/elf_match.h"

namespace memmap {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kHeaderBytes = 16384;  // program headers beyond this are not looked for

// The bytes of a page-rounded PT_LOAD in memory.
std::optional<AddressRange> pages_of(const ElfSegment& segment, std::uint64_t bias) {
  if (segment.type != PT_LOAD || segment.memory_size == 0) return std::nullopt;
  const std::uint64_t begin = round_down(segment.address, kPage);
  const std::uint64_t size = segment.address - begin + segment.memory_size;
  if (size < segment.memory_size || size > UINT64_MAX - kPage) return std::nullopt;
  return AddressRange::of(Address(bias + begin), round_up(size, kPage));
}

std::shared_ptr<const std::vector<std::byte>> first_bytes(const Target& target, const Mapping& mapping) {
  auto bytes = std::make_shared<std::vector<std::byte>>(std::min(mapping.range.size(), kHeaderBytes));
  bytes->resize(target.memory->read(mapping.range.begin, *bytes));
  return bytes;
}

// The file that was mapped, if what lies under its name is still that one. A live process may see
// other files under the same names; its root leads there.
std::shared_ptr<const ElfFile> file_of(const Target& target, const std::string& path, bool main_program,
                                       std::span<const std::byte> start) {
  std::vector<std::string> candidates;
  if (main_program && !target.executable_file.empty()) candidates.push_back(target.executable_file);
  if (target.origin == Origin::live && target.pid)
    candidates.push_back(fmt::format("/proc/{}/root{}", *target.pid, path));
  if (target.origin != Origin::live && !main_program) candidates.push_back(path);
  for (const std::string& candidate : candidates) {
    const ElfFile::Opened file = ElfFile::open(candidate);
    if (file && compare_start(start, **file) == ElfMatch::same) return *file;
  }
  return nullptr;
}

bool is_loadable(const ElfFile& file) { return file.type() == ET_EXEC || file.type() == ET_DYN; }

std::optional<std::uint64_t> bias_of(const ElfFile& file, const Mapping& first) {
  for (const ElfSegment& segment : file.segments())
    if (segment.type == PT_LOAD && round_down(segment.offset, kPage) == first.file_offset)
      return first.range.begin.value() - round_down(segment.address, kPage);
  return std::nullopt;
}

// Sorted, without overlap, neighbours joined.
std::vector<AddressRange> united(std::vector<AddressRange> parts) {
  std::sort(parts.begin(), parts.end());
  std::vector<AddressRange> runs;
  for (const AddressRange& part : parts) {
    if (part.empty()) continue;
    if (!runs.empty() && part.begin <= runs.back().end)
      runs.back().end = std::max(runs.back().end, part.end);
    else
      runs.push_back(part);
  }
  return runs;
}

// What is mapped of the image: its file, and anonymous pages where a segment asks for them.
std::vector<AddressRange> parts_of(const Target& target, const ElfFile& file, std::uint64_t bias,
                                   const std::string& path) {
  std::vector<AddressRange> segments;
  for (const ElfSegment& segment : file.segments())
    if (const auto pages = pages_of(segment, bias)) segments.push_back(*pages);
  segments = united(std::move(segments));
  if (segments.empty()) return {};
  const AddressRange whole{segments.front().begin, segments.back().end};
  std::vector<AddressRange> parts;
  for (const Mapping& mapping : target.mappings) {
    if (!mapping.range.overlaps(whole)) continue;
    if (mapping.file == path) parts.push_back(mapping.range.intersect(whole));
    // [heap] can begin in the last page of .bss and grow together with it. With no file behind
    // a page of a segment it is the tail of .bss, or what the loader made private.
    else if (mapping.file.empty() || mapping.file == "[heap]")
      for (const AddressRange& pages : segments) parts.push_back(mapping.range.intersect(pages));
  }
  return united(std::move(parts));
}

// gdb's cores list a file mapping that has no bytes of its own without its permissions.
bool may_execute(const Target& target, const Mapping& mapping) {
  return mapping.permissions.execute || (target.origin == Origin::gdb_core && !mapping.permissions.write);
}

bool mapped_to_run(const Target& target, const ElfFile& file, std::uint64_t bias, const std::string& path) {
  for (const ElfSegment& segment : file.segments()) {
    const auto pages = pages_of(segment, bias);
    if (!pages || (segment.flags & PF_X) == 0) continue;
    const Mapping* const mapping = target.mapping_at(pages->begin);
    if (mapping != nullptr && mapping->file == path && may_execute(target, *mapping)) return true;
  }
  return false;
}

bool holds_entry(const Target& target, const std::vector<AddressRange>& parts) {
  const auto at = target.aux(AT_PHDR) ? target.aux(AT_PHDR) : target.aux(AT_ENTRY);
  return at &&
         std::any_of(parts.begin(), parts.end(), [&](const AddressRange& part) { return part.contains(Address(*at)); });
}

// A byte belongs to one image, whatever the headers of another say.
void give_way(const std::vector<FoundImage>& earlier, std::vector<AddressRange>& parts) {
  for (const FoundImage& other : earlier)
    for (const AddressRange& taken : other.image.parts) {
      std::vector<AddressRange> left;
      for (const AddressRange& part : parts) {
        const AddressRange below{part.begin, std::min(part.end, taken.begin)};
        const AddressRange above{std::max(part.begin, taken.end), part.end};
        if (!below.empty()) left.push_back(below);
        if (!above.empty()) left.push_back(above);
      }
      parts = std::move(left);
    }
}

std::optional<FoundImage> image_at(const Target& target, const Mapping& first) {
  const auto start = first_bytes(target, first);
  const ElfFile::Opened in_memory = ElfFile::parse(*start, start, first.file);
  if (!in_memory || !is_loadable(**in_memory)) return std::nullopt;
  const auto bias = bias_of(**in_memory, first);
  if (!bias || !mapped_to_run(target, **in_memory, *bias, first.file)) return std::nullopt;
  FoundImage found;
  found.image.path = first.file;
  found.image.load_bias = *bias;
  found.image.parts = parts_of(target, **in_memory, *bias, first.file);
  found.image.main_program = holds_entry(target, found.image.parts);
  const auto file = file_of(target, first.file, found.image.main_program, *start);
  found.image.file_at_hand = file != nullptr;
  found.headers = file != nullptr ? file : *in_memory;
  return found;
}

}  // namespace

std::vector<FoundImage> find_images(const Target& target) {
  std::vector<FoundImage> images;
  for (const Mapping& mapping : target.mappings) {
    if (!mapping.is_file() || mapping.file_offset != 0) continue;
    const bool inside = !images.empty() && images.back().image.parts.back().end > mapping.range.begin;
    if (inside) continue;
    std::optional<FoundImage> found = image_at(target, mapping);
    if (!found) continue;
    give_way(images, found->image.parts);
    if (!found->image.parts.empty()) images.push_back(std::move(*found));
  }
  return images;
}

}  // namespace memmap
