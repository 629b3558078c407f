// Small 64-bit ELF files, written in a test. Addresses are file offsets plus kBase.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memmap::test {

class ElfWriter {
 public:
  static constexpr std::uint64_t kBase = 0x400000;

  ElfWriter() {
    bytes_.resize(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
    sections_.push_back({});
  }

  // Where the next section's contents will be.
  std::uint64_t next_address() const { return kBase + (bytes_.size() + 15) / 16 * 16; }

  std::uint64_t section(std::string_view name, std::uint32_t type, std::string_view contents, std::uint32_t link = 0) {
    const std::uint64_t address = next_address();
    bytes_.resize(address - kBase);
    append(contents.data(), contents.size());
    Elf64_Shdr header = {};
    header.sh_name = static_cast<std::uint32_t>(names_.size());
    names_ += name;
    names_ += '\0';
    header.sh_type = type;
    header.sh_addr = address;
    header.sh_offset = address - kBase;
    header.sh_size = contents.size();
    header.sh_link = link;
    sections_.push_back(header);
    return address;
  }

  void symbol(std::string_view name, std::uint64_t value, std::uint64_t size) {
    Elf64_Sym symbol = {};
    symbol.st_name = static_cast<std::uint32_t>(symbol_names_.size());
    symbol_names_ += name;
    symbol_names_ += '\0';
    symbol.st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
    symbol.st_shndx = 1;
    symbol.st_value = value;
    symbol.st_size = size;
    symbols_.append(reinterpret_cast<const char*>(&symbol), sizeof symbol);
  }

  std::vector<std::byte> finish() {
    if (!symbols_.empty()) {
      section(".strtab", SHT_STRTAB, symbol_names_);
      section(".symtab", SHT_SYMTAB, symbols_, static_cast<std::uint32_t>(sections_.size() - 1));
    }
    names_ += ".shstrtab";
    const std::string names = names_ + '\0';
    section("", SHT_STRTAB, names);
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_shoff = bytes_.size();
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = static_cast<std::uint16_t>(sections_.size());
    header.e_shstrndx = static_cast<std::uint16_t>(sections_.size() - 1);
    header.e_ehsize = sizeof header;
    Elf64_Phdr segment = {};
    segment.p_type = PT_LOAD;
    segment.p_flags = PF_R | PF_W;
    segment.p_vaddr = kBase;
    segment.p_filesz = bytes_.size();
    segment.p_memsz = bytes_.size();
    std::memcpy(bytes_.data(), &header, sizeof header);
    std::memcpy(bytes_.data() + sizeof header, &segment, sizeof segment);
    append(sections_.data(), sections_.size() * sizeof(Elf64_Shdr));
    return bytes_;
  }

 private:
  void append(const void* from, std::size_t size) {
    const auto* const start = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), start, start + size);
  }

  std::vector<std::byte> bytes_;
  std::vector<Elf64_Shdr> sections_;
  std::string names_ = std::string(1, '\0');
  std::string symbols_;
  std::string symbol_names_ = std::string(1, '\0');
};

// The little-endian words of `values`, as section contents.
inline std::string words(std::initializer_list<std::uint64_t> values) {
  std::string text;
  for (const std::uint64_t value : values) text.append(reinterpret_cast<const char*>(&value), sizeof value);
  return text;
}

}  // namespace memmap::test
