#include "process/elf/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "process/load.h"
#include "process/mapped_file.h"

namespace memmap {
namespace {

template <class Phdr>
ElfSegment segment_of(const Phdr& p) {
  return {p.p_type, p.p_flags, p.p_offset, p.p_vaddr, p.p_filesz, p.p_memsz, p.p_align};
}

template <class Shdr>
ElfSection section_of(const Shdr& s, std::uint32_t& name) {
  name = s.sh_name;
  return {{}, s.sh_type, s.sh_flags, s.sh_addr, s.sh_offset, s.sh_size, s.sh_link};
}

std::string_view text_at(std::span<const std::byte> table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const std::string_view rest(reinterpret_cast<const char*>(table.data()) + offset, table.size() - offset);
  return rest.substr(0, rest.find('\0'));
}

// Compares without looking for the end of a name that differs at its start.
bool name_is(std::span<const std::byte> table, std::uint64_t offset, std::string_view name) {
  if (offset >= table.size() || table.size() - offset <= name.size()) return false;
  const std::byte* const at = table.data() + offset;
  return std::memcmp(at, name.data(), name.size()) == 0 && at[name.size()] == std::byte{0};
}

template <class Sym>
void match_symbols(std::span<const std::byte> table, std::span<const std::byte> text,
                   std::span<const std::string_view> names, std::vector<std::optional<ElfSymbol>>& found) {
  for (std::uint64_t at = 0; at + sizeof(Sym) <= table.size(); at += sizeof(Sym)) {
    const Sym symbol = *load<Sym>(table, at);
    if (symbol.st_shndx == SHN_UNDEF) continue;
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!found[i] && name_is(text, symbol.st_name, names[i])) found[i] = ElfSymbol{symbol.st_value, symbol.st_size};
  }
}

}  // namespace

Permissions ElfSegment::permissions() const { return {(flags & PF_R) != 0, (flags & PF_W) != 0, (flags & PF_X) != 0}; }

std::vector<ElfNote> parse_notes(std::span<const std::byte> bytes, bool& damaged) {
  std::vector<ElfNote> notes;
  damaged = false;
  while (bytes.size() >= sizeof(Elf64_Nhdr)) {
    const Elf64_Nhdr header = *load<Elf64_Nhdr>(bytes, 0);  // the same in 32 bit
    const std::uint64_t name_end = sizeof header + std::uint64_t{header.n_namesz};
    const std::uint64_t body = round_up(name_end, 4);
    const std::uint64_t body_end = body + header.n_descsz;
    if (body_end > bytes.size()) {
      damaged = true;
      return notes;
    }
    notes.push_back(
        {text_at(bytes.first(name_end), sizeof header), header.n_type, bytes.subspan(body, header.n_descsz)});
    bytes = clip(bytes, round_up(body_end, 4), bytes.size());
  }
  return notes;
}

ElfFile::Opened ElfFile::open(const std::string& path) {
  auto file = MappedFile::open(path);
  if (!file) return tl::unexpected(file.error());
  const std::span<const std::byte> bytes = (*file)->bytes();
  return parse(bytes, *file, path);
}

ElfFile::Opened ElfFile::parse(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                               const std::string& shown) {
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return tl::unexpected(fmt::format("{} is not an ELF file", shown));
  const auto identity = load<std::array<unsigned char, EI_NIDENT>>(bytes, 0);
  if (identity && (*identity)[EI_DATA] == ELFDATA2MSB)
    return tl::unexpected(fmt::format("{} is big-endian; memmap reads little-endian files", shown));
  const std::shared_ptr<ElfFile> file(new ElfFile);
  file->owner_ = std::move(owner);
  file->bytes_ = bytes;
  file->is_64_ = identity && (*identity)[EI_CLASS] == ELFCLASS64;
  if (!identity || !file->read_header()) return tl::unexpected(fmt::format("{} ends within its ELF header", shown));
  return file;
}

bool ElfFile::read_header() {
  const auto take = [this](const auto& header) {
    type_ = header.e_type;
    machine_ = header.e_machine;
    entry_ = header.e_entry;
    segment_table_ = header.e_phoff;
    section_table_ = header.e_shoff;
    // More than fit the header's 16 bits: the numbers are in the first section's header.
    std::uint32_t unused = 0;
    const std::optional<ElfSection> first = raw_section(section_table_, unused);
    const bool many = header.e_shnum == 0 && section_table_ != 0 && first;
    read_sections(many ? first->size : header.e_shnum, header.e_shentsize,
                  header.e_shstrndx == SHN_XINDEX && first ? first->link : header.e_shstrndx);
    const std::uint64_t info = section_table_ + (is_64_ ? 44 : 28);  // sh_info
    const bool many_segments = header.e_phnum == PN_XNUM && section_table_ != 0;
    read_segments(many_segments ? load<std::uint32_t>(bytes_, info).value_or(0) : header.e_phnum, header.e_phentsize);
  };
  if (is_64_) {
    const auto header = load<Elf64_Ehdr>(bytes_, 0);
    if (header) take(*header);
    return header.has_value();
  }
  const auto header = load<Elf32_Ehdr>(bytes_, 0);
  if (header) take(*header);
  return header.has_value();
}

void ElfFile::read_segments(std::uint64_t count, std::uint64_t entry_size) {
  if (entry_size < (is_64_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr))) count = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = segment_table_ + i * entry_size;
    const auto wide = is_64_ ? load<Elf64_Phdr>(bytes_, at) : std::nullopt;
    const auto narrow = is_64_ ? std::nullopt : load<Elf32_Phdr>(bytes_, at);
    if (!wide && !narrow) {
      segments_cut_off_ = true;
      return;
    }
    segments_.push_back(wide ? segment_of(*wide) : segment_of(*narrow));
  }
}

std::optional<ElfSection> ElfFile::raw_section(std::uint64_t offset, std::uint32_t& name) const {
  if (is_64_) {
    const auto header = load<Elf64_Shdr>(bytes_, offset);
    return header ? std::optional(section_of(*header, name)) : std::nullopt;
  }
  const auto header = load<Elf32_Shdr>(bytes_, offset);
  return header ? std::optional(section_of(*header, name)) : std::nullopt;
}

void ElfFile::read_sections(std::uint64_t count, std::uint64_t entry_size, std::uint64_t names) {
  if (section_table_ == 0 || entry_size < (is_64_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr))) return;
  std::vector<std::uint32_t> name_offsets;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t name = 0;
    std::optional<ElfSection> section = raw_section(section_table_ + i * entry_size, name);
    if (!section) break;
    sections_.push_back(std::move(*section));
    name_offsets.push_back(name);
  }
  if (names >= sections_.size()) return;
  const std::span<const std::byte> text = contents(sections_[names]);
  for (std::size_t i = 0; i < sections_.size(); ++i) sections_[i].name = text_at(text, name_offsets[i]).substr(0, 256);
}

Arch ElfFile::arch() const {
  switch (machine_) {
    case EM_X86_64:
      return Arch::amd64;
    case EM_AARCH64:
      return Arch::arm64;
    case EM_386:
      return Arch::i386;
    case EM_ARM:
      return Arch::arm;
    default:
      return Arch::other;
  }
}

std::uint64_t ElfFile::headers_size() const {
  const std::uint64_t entry = is_64_ ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
  return std::min<std::uint64_t>(segment_table_ + segments_.size() * entry, bytes_.size());
}

std::uint64_t ElfFile::section_table_size() const {
  return sections_.size() * (is_64_ ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
}

const ElfSection* ElfFile::section(std::string_view name) const {
  const auto found =
      std::find_if(sections_.begin(), sections_.end(), [name](const ElfSection& s) { return s.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

std::span<const std::byte> ElfFile::contents(const ElfSection& section) const {
  return section.type == SHT_NOBITS ? std::span<const std::byte>() : bytes(section.offset, section.size);
}

std::span<const std::byte> ElfFile::bytes(std::uint64_t offset, std::uint64_t size) const {
  return clip(bytes_, offset, size);
}

std::vector<std::optional<ElfSymbol>> ElfFile::symbols(std::span<const std::string_view> names) const {
  std::vector<std::optional<ElfSymbol>> found(names.size());
  for (const unsigned type : {unsigned{SHT_SYMTAB}, unsigned{SHT_DYNSYM}}) {
    for (const ElfSection& table : sections_) {
      if (table.type != type || table.link >= sections_.size()) continue;
      const std::span<const std::byte> text = contents(sections_[table.link]);
      if (is_64_)
        match_symbols<Elf64_Sym>(contents(table), text, names, found);
      else
        match_symbols<Elf32_Sym>(contents(table), text, names, found);
      break;  // a file has one of each
    }
  }
  return found;
}

std::span<const std::byte> ElfFile::build_id() const {
  const auto find = [](std::span<const std::byte> notes) -> std::span<const std::byte> {
    bool damaged = false;
    for (const ElfNote& note : parse_notes(notes, damaged))
      if (note.type == NT_GNU_BUILD_ID && note.name == ELF_NOTE_GNU) return note.body;
    return {};
  };
  for (const ElfSegment& segment : segments_)
    if (segment.type == PT_NOTE)
      if (const auto id = find(bytes(segment.offset, segment.file_size)); !id.empty()) return id;
  // Go's linker leaves its GNU build id out of PT_NOTE.
  for (const ElfSection& section : sections_)
    if (section.type == SHT_NOTE)
      if (const auto id = find(contents(section)); !id.empty()) return id;
  return {};
}

}  // namespace memmap
