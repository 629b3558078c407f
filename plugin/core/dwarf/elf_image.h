// An ELF file mapped privately and parsed no further than its headers. The mapping may be
// written to (the file never changes), because the DWARF reader hides sections from libdw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace memmap {

class ElfImage {
 public:
  struct Section {
    std::string_view name;
    std::uint32_t type = 0;
    std::uint32_t link = 0;
    std::uint64_t address = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t type_offset = 0;  // in the file: where the section header keeps `type`
  };
  struct Segment {
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint64_t address = 0;
    std::uint64_t offset = 0;
    std::uint64_t file_size = 0;
  };

  // Little-endian files of 32 or 64 bits. Headers that point outside the file are dropped.
  static Result<ElfImage> open(const std::string& path);

  ElfImage(ElfImage&& other) noexcept { swap(other); }
  ElfImage& operator=(ElfImage&& other) noexcept {
    swap(other);
    return *this;
  }
  ElfImage(const ElfImage&) = delete;
  ElfImage& operator=(const ElfImage&) = delete;
  ~ElfImage();

  std::span<const std::byte> bytes() const { return bytes_; }
  std::uint8_t pointer_size() const { return pointer_size_; }
  const std::vector<Section>& sections() const { return sections_; }
  const std::vector<Segment>& segments() const { return segments_; }
  const Section* section(std::string_view name) const;
  // Empty where the file holds nothing of it: SHT_NOBITS, or a stripped section's header.
  std::span<const std::byte> contents(const Section& section) const;
  std::span<const std::byte> contents(std::string_view name) const;
  // The file's bytes behind a linked address. Empty unless all `size` of them are in one segment.
  std::span<const std::byte> at(std::uint64_t address, std::uint64_t size) const;

  // From here on the section has no contents for whoever parses bytes() anew.
  void hide(const Section& section);
  std::span<std::byte> writable_bytes() { return bytes_; }

 private:
  ElfImage() = default;
  void swap(ElfImage& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(pointer_size_, other.pointer_size_);
    std::swap(sections_, other.sections_);
    std::swap(segments_, other.segments_);
  }
  template <class Elf>
  bool parse();
  template <class T>
  std::optional<T> value_at(std::uint64_t offset) const;

  std::span<std::byte> bytes_;
  std::uint8_t pointer_size_ = 8;
  std::vector<Section> sections_;
  std::vector<Segment> segments_;
};

// The text at `offset` up to its terminator; empty where there is none.
std::string_view text_at(std::span<const std::byte> bytes, std::uint64_t offset);

}  // namespace memmap
