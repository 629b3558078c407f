// All names of an ELF file, for questions about one address or one name.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "process/elf/elf_file.h"

namespace memmap {

struct NamedSymbol {
  std::string_view name;    // lives as long as the file
  std::uint64_t begin = 0;  // as linked; add the load bias
  std::uint64_t size = 0;   // 0: a place, such as runtime.etext
};

class SymbolTable {
 public:
  // .symtab, else .dynsym. Empty for a file that has neither.
  explicit SymbolTable(std::shared_ptr<const ElfFile> file);

  // The smallest that covers `address`; nullptr if none does.
  const NamedSymbol* at(std::uint64_t address) const;
  // Assembly of Go is found without its .abi0. nullptr if there is no such name.
  const NamedSymbol* named(std::string_view name) const;

 private:
  template <class Symbol>
  void add_all(std::span<const std::byte> table, std::span<const std::byte> text);

  std::shared_ptr<const ElfFile> file_;
  std::vector<NamedSymbol> symbols_;  // by begin; of those that begin together the smallest last
  std::uint64_t longest_ = 0;
};

}  // namespace memmap
