// An ELF file as it lies on disk or in memory: headers, sections, a few symbols. 32 and 64 bit,
// little endian. Bounds are checked on every access; damaged tables are read as far as they go.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "process/target.h"

namespace memmap {

struct ElfSegment {
  std::uint32_t type = 0;   // PT_…
  std::uint32_t flags = 0;  // PF_…
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;
  std::uint64_t alignment = 0;
  Permissions permissions() const;
};

struct ElfSection {
  std::string name;
  std::uint32_t type = 0;   // SHT_…
  std::uint64_t flags = 0;  // SHF_…
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
};

struct ElfSymbol {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

struct ElfNote {
  std::string_view name;
  std::uint32_t type = 0;
  std::span<const std::byte> body;
};
// Reads until the first note that does not fit; `damaged` says whether there was one.
std::vector<ElfNote> parse_notes(std::span<const std::byte> bytes, bool& damaged);

class ElfFile {
 public:
  using Opened = tl::expected<std::shared_ptr<const ElfFile>, std::string>;  // or a sentence
  static Opened open(const std::string& path);
  // Of bytes that `owner` keeps alive; `shown` names them in the sentence of a failure.
  static Opened parse(std::span<const std::byte> bytes, std::shared_ptr<const void> owner, const std::string& shown);

  bool is_64() const { return is_64_; }
  std::uint16_t type() const { return type_; }        // ET_EXEC, ET_DYN, ET_CORE
  std::uint16_t machine() const { return machine_; }  // EM_…
  Arch arch() const;
  std::uint64_t entry() const { return entry_; }
  std::uint64_t segment_table() const { return segment_table_; }  // file offset, e_phoff
  std::uint64_t section_table() const { return section_table_; }  // file offset, e_shoff
  std::uint64_t section_table_size() const;
  // Header and program headers: what a loaded image keeps of them lies at its start.
  std::uint64_t headers_size() const;

  const std::vector<ElfSegment>& segments() const { return segments_; }
  const std::vector<ElfSection>& sections() const { return sections_; }
  bool segments_cut_off() const { return segments_cut_off_; }
  const ElfSection* section(std::string_view name) const;
  // Cut at the end of the file; empty for SHT_NOBITS.
  std::span<const std::byte> contents(const ElfSection& section) const;
  std::span<const std::byte> bytes(std::uint64_t offset, std::uint64_t size) const;
  std::span<const std::byte> all() const { return bytes_; }

  // .symtab, else .dynsym, in one pass. One answer for each name.
  std::vector<std::optional<ElfSymbol>> symbols(std::span<const std::string_view> names) const;
  // The GNU build id; empty if there is none.
  std::span<const std::byte> build_id() const;

 private:
  ElfFile() = default;
  bool read_header();
  void read_segments(std::uint64_t count, std::uint64_t entry_size);
  void read_sections(std::uint64_t count, std::uint64_t entry_size, std::uint64_t names);
  std::optional<ElfSection> raw_section(std::uint64_t offset, std::uint32_t& name) const;

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
  bool is_64_ = true;
  bool segments_cut_off_ = false;
  std::uint16_t type_ = 0;
  std::uint16_t machine_ = 0;
  std::uint64_t entry_ = 0;
  std::uint64_t segment_table_ = 0;
  std::uint64_t section_table_ = 0;
  std::vector<ElfSegment> segments_;
  std::vector<ElfSection> sections_;
};

}  // namespace memmap
