// Data symbols of .symtab by name, for the globals that the DWARF leaves out and for callers
// that learn their names one by one. Who knows all names at once asks ElfFile::symbols().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dwarf/type_table.h"
#include "process/elf/elf_file.h"

namespace memmap {

class SymbolIndex {
 public:
  explicit SymbolIndex(std::shared_ptr<const ElfFile> file);
  std::optional<GlobalPlace> find(std::string_view name) const;
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t name = 0;  // offset in text_
    GlobalPlace place;
  };
  template <class Symbol>
  void add_all(std::span<const std::byte> table);

  std::shared_ptr<const ElfFile> file_;
  std::span<const std::byte> text_;
  std::vector<Entry> entries_;  // sorted by hash
};

}  // namespace memmap
