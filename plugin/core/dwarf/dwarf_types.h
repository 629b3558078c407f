// The target's types, constants and globals from its DWARF, read with libdw. Only the units
// that hold the runtime's types are read: a whole program's DWARF can be a hundred times that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/result.h"
#include "dwarf/private_file.h"
#include "dwarf/symbols.h"
#include "dwarf/type_table.h"
#include "process/elf/elf_file.h"

struct Dwarf;
struct Elf;

namespace memmap {

// Which units to read: those so named; if none of them has the type `marker`, the first Go
// unit as well. Releases from 1.12 keep all types in units named "runtime" (two of them from
// 1.22), constants stay in the unit of their package. Go 1.11 has its types in its first unit.
struct DwarfUnits {
  std::vector<std::string> names = {"runtime", "internal/runtime/gc"};
  std::string marker = "runtime.mspan";
};

// The top entries of the units read: name hash above, offset in .debug_info below; sorted.
using NameIndex = std::vector<std::uint64_t>;
struct UnitIndex {
  NameIndex types;
  NameIndex variables;
  NameIndex constants;
};

class DwarfTypes final : public TypeTable {
 public:
  // Where the file has no DWARF, its separate debug file is looked for.
  static Result<std::unique_ptr<DwarfTypes>> open(const std::string& path, const DwarfUnits& units = {},
                                                  const Cancellation& cancellation = Cancellation());
  ~DwarfTypes() override;

  std::optional<FieldPlace> find(std::string_view type, std::string_view path) const override;
  std::optional<std::uint64_t> size_of(std::string_view type) const override;
  std::optional<std::int64_t> constant(std::string_view name) const override;
  // What the DWARF does not say of it, .symtab does.
  std::optional<GlobalPlace> global(std::string_view name) const override;
  std::uint32_t pointer_size() const override { return file_->is_64() ? 8 : 4; }
  std::string_view source() const override { return separate_ ? "debug-file" : "dwarf"; }

 private:
  DwarfTypes() = default;
  Result<void> parse(const std::string& path);
  bool open_with_libdw();
  struct Entry;
  std::optional<Entry> entry(const NameIndex& index, std::string_view name) const;
  std::optional<Entry> root(std::string_view type) const;
  std::optional<GlobalPlace> symbol(std::string_view name) const;

  // Of the file with the DWARF, which may be another than the executable.
  std::shared_ptr<PrivateFile> bytes_;
  std::shared_ptr<const ElfFile> file_;
  std::shared_ptr<const ElfFile> executable_;
  bool separate_ = false;
  Elf* elf_ = nullptr;
  Dwarf* dwarf_ = nullptr;
  UnitIndex index_;
  mutable std::unique_ptr<SymbolIndex> symbols_;  // made when first needed
};

}  // namespace memmap
