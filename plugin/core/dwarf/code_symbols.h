// From an address in a program's code to functions, files and lines, inlined functions too. Names
// come from .symtab, which has assembly too; lines and inlined functions from the DWARF, which
// may be missing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dwarf/private_file.h"
#include "process/elf/elf_file.h"

struct Dwarf;
struct Elf;

namespace memmap {

// Texts live as long as the CodeSymbols.
struct CodeFrame {
  std::string_view function;  // "runtime.(*mheap).grow", without the .abi0 of assembly
  std::string_view file;
  std::uint32_t line = 0;  // 0: unknown
};

struct FunctionRange {
  std::string_view name;
  std::uint64_t begin = 0;  // as linked; add the load bias of a PIE
  std::uint64_t end = 0;
  // Go 1.17 and newer: arguments and results are on the stack (the symbol ends in .abi0).
  bool assembly = false;
};

class CodeSymbols {
 public:
  // Fails if the file is no ELF file. Of a stripped one nothing is known, see empty().
  static Result<std::unique_ptr<CodeSymbols>> open(const std::string& path);
  ~CodeSymbols();
  CodeSymbols(const CodeSymbols&) = delete;
  CodeSymbols& operator=(const CodeSymbols&) = delete;

  bool empty() const { return functions_.empty(); }
  const ElfFile& file() const { return *file_; }
  // Innermost first; the last is the function that holds the instruction. Empty outside of the
  // program's functions. For a return address ask for the byte before it.
  std::vector<CodeFrame> at(std::uint64_t address) const;
  const FunctionRange* function_at(std::uint64_t address) const;
  const FunctionRange* function_named(std::string_view name) const;

 private:
  CodeSymbols() = default;
  struct Subprogram {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t die = 0;  // offset in .debug_info
  };
  void read_functions();
  void read_subprograms();
  bool add_source(std::uint64_t address, std::vector<CodeFrame>& frames) const;

  std::shared_ptr<PrivateFile> bytes_;
  std::shared_ptr<const ElfFile> file_;
  std::vector<FunctionRange> functions_;  // by begin
  std::vector<Subprogram> subprograms_;   // by begin
  Elf* elf_ = nullptr;
  Dwarf* dwarf_ = nullptr;
};

}  // namespace memmap
