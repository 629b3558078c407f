#include "dwarf/symbols.h"

#include <elf.h>

#include <algorithm>

#include "dwarf/name_hash.h"
#include "process/load.h"

namespace memmap {
namespace {

std::string_view name_at(std::span<const std::byte> text, std::uint64_t offset) {
  const std::span<const std::byte> rest = clip(text, offset, text.size());
  const std::string_view name(reinterpret_cast<const char*>(rest.data()), rest.size());
  return name.substr(0, name.find('\0'));
}

}  // namespace

SymbolIndex::SymbolIndex(std::shared_ptr<const ElfFile> file) : file_(std::move(file)) {
  const std::vector<ElfSection>& sections = file_->sections();
  for (const ElfSection& section : sections) {
    if (section.type != SHT_SYMTAB || section.link >= sections.size()) continue;
    text_ = file_->contents(sections[section.link]);
    if (file_->is_64())
      add_all<Elf64_Sym>(file_->contents(section));
    else
      add_all<Elf32_Sym>(file_->contents(section));
    break;  // a file has one
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

template <class Symbol>
void SymbolIndex::add_all(std::span<const std::byte> table) {
  for (std::uint64_t at = 0; const auto symbol = load<Symbol>(table, at); at += sizeof(Symbol)) {
    const unsigned type = symbol->st_info & 0xfU;
    if (symbol->st_shndx == SHN_UNDEF || (type != STT_OBJECT && type != STT_NOTYPE)) continue;
    entries_.push_back(
        {name_hash(name_at(text_, symbol->st_name)), symbol->st_name, {symbol->st_value, symbol->st_size}});
  }
}

std::optional<GlobalPlace> SymbolIndex::find(std::string_view name) const {
  const std::uint32_t hash = name_hash(name);
  auto at = std::lower_bound(entries_.begin(), entries_.end(), hash,
                             [](const Entry& e, std::uint32_t h) { return e.hash < h; });
  for (; at != entries_.end() && at->hash == hash; ++at)
    if (name_at(text_, at->name) == name) return at->place;
  return std::nullopt;
}

}  // namespace memmap
