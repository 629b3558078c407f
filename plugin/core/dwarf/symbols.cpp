#include "dwarf/symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "dwarf/name_hash.h"

namespace memmap {
namespace {

struct Table {
  std::span<const std::byte> symbols;
  std::span<const std::byte> text;
};

Table table_of(const ElfImage& image) {
  for (const ElfImage::Section& section : image.sections())
    if (section.type == SHT_SYMTAB && section.link < image.sections().size())
      return {image.contents(section), image.contents(image.sections()[section.link])};
  return {};
}

template <class Symbol, class Visit>
void for_each(const Table& table, Visit visit) {
  for (std::size_t at = 0; at + sizeof(Symbol) <= table.symbols.size(); at += sizeof(Symbol)) {
    Symbol symbol;
    std::memcpy(&symbol, table.symbols.data() + at, sizeof symbol);
    if (symbol.st_shndx == SHN_UNDEF) continue;
    visit(symbol.st_name, symbol.st_info & 0xfU, GlobalPlace{symbol.st_value, symbol.st_size});
  }
}

// visit(offset of the name, STT_…, place)
template <class Visit>
void for_each(const ElfImage& image, const Table& table, Visit visit) {
  if (image.pointer_size() == 8)
    for_each<Elf64_Sym>(table, visit);
  else
    for_each<Elf32_Sym>(table, visit);
}

// Whether the terminated text at `offset` is `name`, without measuring the text first.
bool is_text(std::span<const std::byte> text, std::uint32_t offset, std::string_view name) {
  if (offset >= text.size() || text.size() - offset <= name.size()) return false;
  const std::byte* const at = text.data() + offset;
  return at[name.size()] == std::byte{0} && std::memcmp(at, name.data(), name.size()) == 0;
}

}  // namespace

std::vector<std::optional<GlobalPlace>> find_symbols(const ElfImage& image,
                                                     std::span<const std::string_view> names) {
  std::vector<std::optional<GlobalPlace>> found(names.size());
  std::vector<std::pair<std::uint32_t, std::size_t>> wanted;
  for (std::size_t i = 0; i < names.size(); ++i) wanted.push_back({name_hash(names[i]), i});
  std::sort(wanted.begin(), wanted.end());
  const Table table = table_of(image);
  for_each(image, table, [&](std::uint32_t name, unsigned, const GlobalPlace& place) {
    const std::uint32_t hash = name_hash(text_at(table.text, name));
    auto at = std::lower_bound(wanted.begin(), wanted.end(), std::pair{hash, std::size_t{0}});
    for (; at != wanted.end() && at->first == hash; ++at)
      if (!found[at->second] && is_text(table.text, name, names[at->second]))
        found[at->second] = place;
  });
  return found;
}

std::optional<GlobalPlace> find_symbol(const ElfImage& image, std::string_view name) {
  std::optional<GlobalPlace> found;
  const Table table = table_of(image);
  for_each(image, table, [&](std::uint32_t text, unsigned, const GlobalPlace& place) {
    if (!found && is_text(table.text, text, name)) found = place;
  });
  return found;
}

SymbolIndex::SymbolIndex(const ElfImage& image) {
  const Table table = table_of(image);
  text_ = table.text;
  for_each(image, table, [&](std::uint32_t name, unsigned type, const GlobalPlace& place) {
    if (type != STT_OBJECT && type != STT_NOTYPE) return;
    entries_.push_back({name_hash(text_at(text_, name)), name, place});
  });
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.hash < b.hash; });
}

std::optional<GlobalPlace> SymbolIndex::find(std::string_view name) const {
  const std::uint32_t hash = name_hash(name);
  auto at = std::lower_bound(entries_.begin(), entries_.end(), hash,
                             [](const Entry& e, std::uint32_t h) { return e.hash < h; });
  for (; at != entries_.end() && at->hash == hash; ++at)
    if (is_text(text_, at->name, name)) return at->place;
  return std::nullopt;
}

}  // namespace memmap
