#include "process/elf/symbol_table.h"

#include <elf.h>

#include <algorithm>

#include "process/load.h"

namespace memmap {
namespace {

constexpr std::string_view kAssemblySuffix = ".abi0";
constexpr std::size_t kMostLookedAt = 4096;  // symbols that overlap in a damaged table

std::string_view name_at(std::span<const std::byte> text, std::uint64_t offset) {
  const std::span<const std::byte> rest = clip(text, offset, text.size());
  const std::string_view name(reinterpret_cast<const char*>(rest.data()), rest.size());
  return name.substr(0, name.find('\0'));
}

bool names_memory(unsigned type) {
  return type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE || type == STT_GNU_IFUNC;
}

bool is_name(std::string_view symbol, std::string_view name) {
  if (!symbol.starts_with(name)) return false;
  symbol.remove_prefix(name.size());
  return symbol.empty() || symbol == kAssemblySuffix;
}

}  // namespace

SymbolTable::SymbolTable(std::shared_ptr<const ElfFile> file) : file_(std::move(file)) {
  const std::vector<ElfSection>& sections = file_->sections();
  for (const std::uint32_t type : {std::uint32_t{SHT_SYMTAB}, std::uint32_t{SHT_DYNSYM}}) {
    for (const ElfSection& section : sections) {
      if (section.type != type || section.link >= sections.size()) continue;
      const std::span<const std::byte> text = file_->contents(sections[section.link]);
      if (file_->is_64())
        add_all<Elf64_Sym>(file_->contents(section), text);
      else
        add_all<Elf32_Sym>(file_->contents(section), text);
    }
    if (!symbols_.empty()) break;
  }
  std::ranges::sort(symbols_, [](const NamedSymbol& a, const NamedSymbol& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.size > b.size;
  });
}

template <class Symbol>
void SymbolTable::add_all(std::span<const std::byte> table, std::span<const std::byte> text) {
  for (std::uint64_t at = 0; const auto symbol = load<Symbol>(table, at); at += sizeof(Symbol)) {
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS || !names_memory(symbol->st_info & 0xfU)) continue;
    const std::string_view name = name_at(text, symbol->st_name);
    if (name.empty()) continue;
    symbols_.push_back({name, symbol->st_value, symbol->st_size});
    longest_ = std::max<std::uint64_t>(longest_, symbol->st_size);
  }
}

const NamedSymbol* SymbolTable::at(std::uint64_t address) const {
  const auto after = std::ranges::upper_bound(symbols_, address, {}, &NamedSymbol::begin);
  const NamedSymbol* best = nullptr;
  std::size_t looked_at = 0;
  for (auto at = after; at != symbols_.begin() && looked_at < kMostLookedAt; ++looked_at) {
    --at;
    const std::uint64_t offset = address - at->begin;
    if (offset >= longest_) break;
    if (offset < at->size && (best == nullptr || at->size < best->size)) best = &*at;
  }
  return best;
}

const NamedSymbol* SymbolTable::named(std::string_view name) const {
  const NamedSymbol* found = nullptr;
  for (const NamedSymbol& symbol : symbols_) {
    if (!is_name(symbol.name, name)) continue;
    if (symbol.name.size() == name.size()) return &symbol;
    found = &symbol;
  }
  return found;
}

}  // namespace memmap
