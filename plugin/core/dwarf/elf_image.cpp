#include "dwarf/elf_image.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace memmap {
namespace {

struct Elf32 {
  using Ehdr = Elf32_Ehdr;
  using Shdr = Elf32_Shdr;
  using Phdr = Elf32_Phdr;
};
struct Elf64 {
  using Ehdr = Elf64_Ehdr;
  using Shdr = Elf64_Shdr;
  using Phdr = Elf64_Phdr;
};

bool lies_within(std::uint64_t offset, std::uint64_t size, std::uint64_t whole) {
  return offset <= whole && size <= whole - offset;
}

// Writable and private: pages that are written to become ours, the file's stay shared.
std::span<std::byte> map_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  struct stat status = {};
  void* memory = MAP_FAILED;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
    memory = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) return {};
  return {static_cast<std::byte*>(memory), static_cast<std::size_t>(status.st_size)};
}

}  // namespace

std::string_view text_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return {};
  const char* const text = reinterpret_cast<const char*>(bytes.data()) + offset;
  const std::size_t room = bytes.size() - offset;
  const void* const end = std::memchr(text, 0, room);
  if (end == nullptr) return {};
  return {text, static_cast<std::size_t>(static_cast<const char*>(end) - text)};
}

ElfImage::~ElfImage() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

Result<ElfImage> ElfImage::open(const std::string& path) {
  ElfImage image;
  image.bytes_ = map_file(path);
  if (image.bytes_.empty()) return fault(FaultCode::unreadable, "executable file");
  if (image.bytes_.size() < EI_NIDENT || std::memcmp(image.bytes_.data(), ELFMAG, SELFMAG) != 0)
    return fault(FaultCode::unsupported, "file that is not ELF");
  if (image.bytes_[EI_DATA] != std::byte{ELFDATA2LSB})
    return fault(FaultCode::unsupported, "big-endian ELF file");
  const bool wide = image.bytes_[EI_CLASS] == std::byte{ELFCLASS64};
  image.pointer_size_ = wide ? 8 : 4;
  if (!(wide ? image.parse<Elf64>() : image.parse<Elf32>()))
    return fault(FaultCode::implausible, "ELF header");
  return image;
}

template <class T>
std::optional<T> ElfImage::value_at(std::uint64_t offset) const {
  if (!lies_within(offset, sizeof(T), bytes_.size())) return std::nullopt;
  T value;
  std::memcpy(&value, bytes_.data() + offset, sizeof(T));
  return value;
}

template <class Elf>
bool ElfImage::parse() {
  const auto header = value_at<typename Elf::Ehdr>(0);
  if (!header) return false;
  std::vector<std::uint32_t> names;
  for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
    const std::uint64_t at = header->e_shoff + i * sizeof(typename Elf::Shdr);
    const auto found = value_at<typename Elf::Shdr>(at);
    if (!found) break;
    Section section;
    section.type = found->sh_type;
    section.link = found->sh_link;
    section.address = found->sh_addr;
    section.offset = found->sh_offset;
    section.size = found->sh_size;
    section.type_offset = at + offsetof(typename Elf::Shdr, sh_type);
    sections_.push_back(section);
    names.push_back(found->sh_name);
  }
  if (header->e_shstrndx < sections_.size()) {
    const std::span<const std::byte> text = contents(sections_[header->e_shstrndx]);
    for (std::size_t i = 0; i < names.size(); ++i) sections_[i].name = text_at(text, names[i]);
  }
  for (std::uint64_t i = 0; i < header->e_phnum; ++i) {
    const auto found =
        value_at<typename Elf::Phdr>(header->e_phoff + i * sizeof(typename Elf::Phdr));
    if (!found) break;
    segments_.push_back(
        {found->p_type, found->p_flags, found->p_vaddr, found->p_offset, found->p_filesz});
  }
  return true;
}

const ElfImage::Section* ElfImage::section(std::string_view name) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(),
                                  [&](const Section& s) { return s.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

std::span<const std::byte> ElfImage::contents(const Section& section) const {
  if (section.type == SHT_NOBITS || section.type == SHT_NULL) return {};
  if (!lies_within(section.offset, section.size, bytes_.size())) return {};
  return std::span<const std::byte>(bytes_).subspan(section.offset, section.size);
}

std::span<const std::byte> ElfImage::contents(std::string_view name) const {
  const Section* const found = section(name);
  return found == nullptr ? std::span<const std::byte>{} : contents(*found);
}

std::span<const std::byte> ElfImage::at(std::uint64_t address, std::uint64_t size) const {
  for (const Segment& segment : segments_) {
    if (segment.type != PT_LOAD || address < segment.address) continue;
    const std::uint64_t into = address - segment.address;
    if (!lies_within(into, size, segment.file_size)) continue;
    if (!lies_within(segment.offset, segment.file_size, bytes_.size())) continue;
    return std::span<const std::byte>(bytes_).subspan(segment.offset + into, size);
  }
  return {};
}

void ElfImage::hide(const Section& section) {
  const std::uint32_t nothing = SHT_NOBITS;
  std::memcpy(bytes_.data() + section.type_offset, &nothing, sizeof nothing);
}

}  // namespace memmap
