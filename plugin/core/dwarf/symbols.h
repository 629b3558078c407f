// Names and addresses from .symtab: for binaries without DWARF, and for the globals that the
// DWARF leaves out.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dwarf/elf_image.h"
#include "dwarf/type_table.h"

namespace memmap {

// One pass over the table for all names; the answers are in the order of `names`.
std::vector<std::optional<GlobalPlace>> find_symbols(const ElfImage& image,
                                                     std::span<const std::string_view> names);
std::optional<GlobalPlace> find_symbol(const ElfImage& image, std::string_view name);

// All data symbols, for callers that learn their names one by one. Refers to the image.
class SymbolIndex {
 public:
  explicit SymbolIndex(const ElfImage& image);
  std::optional<GlobalPlace> find(std::string_view name) const;
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t name = 0;  // offset in text_
    GlobalPlace place;
  };
  std::span<const std::byte> text_;
  std::vector<Entry> entries_;  // sorted by hash
};

}  // namespace memmap
