#include "dwarf/dwarf_types.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>

#include "dwarf/debug_files.h"
#include "dwarf/die.h"
#include "dwarf/name_hash.h"
#include "dwarf/type_path.h"
#include "process/load.h"

namespace memmap {
namespace {

// What types, constants and names need. The others (lines, ranges, frames: most of the bytes)
// are hidden, because libdw inflates every section that it knows when it opens a file.
constexpr std::array<std::string_view, 6> kSectionsRead = {"info", "abbrev", "str", "line_str", "str_offsets", "addr"};

bool is_hidden(std::string_view section) {
  for (const std::string_view prefix : {".debug_", ".zdebug_"}) {
    if (section.substr(0, prefix.size()) != prefix) continue;
    const std::string_view name = section.substr(prefix.size());
    return std::find(kSectionsRead.begin(), kSectionsRead.end(), name) == kSectionsRead.end();
  }
  return false;
}

// A section without contents, for whoever parses these bytes next.
void hide_section(const ElfFile& file, std::size_t index, std::span<std::byte> bytes) {
  const std::uint64_t header_size = file.section_table_size() / file.sections().size();
  const std::uint64_t type_at = file.section_table() + index * header_size + offsetof(Elf64_Shdr, sh_type);
  const std::uint32_t nothing = SHT_NOBITS;
  std::memcpy(bytes.data() + type_at, &nothing, sizeof nothing);
}

bool has_zstd(const ElfFile& file) {
  constexpr std::uint32_t kZstd = 2;  // ELFCOMPRESS_ZSTD
  const ElfSection* const info = file.section(".debug_info");
  if (info == nullptr || (info->flags & SHF_COMPRESSED) == 0) return false;
  return load<std::uint32_t>(file.contents(*info), offsetof(Elf64_Chdr, ch_type)) == kZstd;
}

void add(NameIndex& index, Dwarf_Die& die) {
  const std::string_view name = dwarf::name_of(die);
  const Dwarf_Off offset = dwarf_dieoffset(&die);
  if (name.empty() || offset > std::numeric_limits<std::uint32_t>::max()) return;
  index.push_back(std::uint64_t{name_hash(name)} << 32 | offset);
}

void add_unit(UnitIndex& index, Dwarf_Die unit, const Cancellation& cancellation) {
  dwarf::for_each_child(unit, [&](Dwarf_Die& die) {
    cancellation.check();
    switch (dwarf_tag(&die)) {
      case DW_TAG_typedef:
      case DW_TAG_structure_type:
      case DW_TAG_class_type:
      case DW_TAG_union_type:
      case DW_TAG_array_type:
      case DW_TAG_base_type:
        add(index.types, die);
        break;
      case DW_TAG_constant:
        add(index.constants, die);
        break;
      case DW_TAG_variable:
        // C++ writes its constants as variables with a value.
        add(dwarf_hasattr(&die, DW_AT_const_value) != 0 ? index.constants : index.variables, die);
        break;
      default:
        break;
    }
    return true;
  });
}

std::optional<Dwarf_Die> find_entry(Dwarf* dwarf, const NameIndex& index, std::string_view name) {
  const std::uint64_t hash = name_hash(name);
  auto at = std::lower_bound(index.begin(), index.end(), hash << 32);
  for (; at != index.end() && *at >> 32 == hash; ++at) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf, *at & 0xffffffffU, &die) == nullptr) continue;
    if (dwarf::name_of(die) != name) continue;
    // A declaration says nothing of what it declares.
    if (dwarf_hasattr(&die, DW_AT_declaration) == 0) return die;
  }
  return std::nullopt;
}

template <class Visit>
void for_each_unit(Dwarf* dwarf, Visit visit) {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, nullptr) == 0)
    if (!visit(die)) return;
}

UnitIndex index_units(Dwarf* dwarf, const DwarfUnits& units, const Cancellation& cancellation) {
  UnitIndex index;
  for_each_unit(dwarf, [&](Dwarf_Die& unit) {
    const std::string_view name = dwarf::name_of(unit);
    if (std::find(units.names.begin(), units.names.end(), name) != units.names.end())
      add_unit(index, unit, cancellation);
    return true;
  });
  std::sort(index.types.begin(), index.types.end());
  if (!find_entry(dwarf, index.types, units.marker)) {
    for_each_unit(dwarf, [&](Dwarf_Die& unit) {
      if (dwarf_srclang(&unit) != DW_LANG_Go) return true;
      add_unit(index, unit, cancellation);
      return false;
    });
  }
  for (NameIndex* const part : {&index.types, &index.variables, &index.constants})
    std::sort(part->begin(), part->end());
  return index;
}

}  // namespace

struct DwarfTypes::Entry {
  Dwarf_Die die;
};

DwarfTypes::~DwarfTypes() {
  if (dwarf_ != nullptr) dwarf_end(dwarf_);
  if (elf_ != nullptr) elf_end(elf_);
}

Result<std::unique_ptr<DwarfTypes>> DwarfTypes::open(const std::string& path, const DwarfUnits& units,
                                                     const Cancellation& cancellation) {
  std::unique_ptr<DwarfTypes> types(new DwarfTypes);
  if (const Result<void> parsed = types->parse(path); !parsed) return tl::unexpected<Fault>(parsed.error());
  if (!has_dwarf(*types->file_)) {
    const std::optional<std::string> separate = find_debug_file(*types->file_, path);
    if (!separate) return fault(FaultCode::not_found, "DWARF");
    types->executable_ = types->file_;
    types->separate_ = true;
    if (const Result<void> parsed = types->parse(*separate); !parsed) return tl::unexpected<Fault>(parsed.error());
  }
  const bool opened = types->open_with_libdw();
  if (opened) types->index_ = index_units(types->dwarf_, units, cancellation);
  if (opened && !types->index_.types.empty()) return types;
  // libelf learned zstd with 0.189.
  if (has_zstd(*types->file_))
    return fault(FaultCode::unsupported, "DWARF that is compressed with zstd, which the libelf here cannot inflate,");
  return opened ? fault(FaultCode::not_found, "DWARF of the Go runtime") : fault(FaultCode::implausible, "DWARF");
}

Result<void> DwarfTypes::parse(const std::string& path) {
  bytes_ = PrivateFile::open(path);
  if (bytes_ == nullptr) return fault(FaultCode::unreadable, "executable file");
  ElfFile::Opened file = ElfFile::parse(bytes_->bytes(), bytes_, path);
  if (!file) return fault(FaultCode::unsupported, "file that is not little-endian ELF");
  file_ = *file;
  return {};
}

bool DwarfTypes::open_with_libdw() {
  const std::span<std::byte> bytes = bytes_->bytes();
  for (std::size_t i = 0; i < file_->sections().size(); ++i)
    if (is_hidden(file_->sections()[i].name)) hide_section(*file_, i, bytes);
  elf_version(EV_CURRENT);
  elf_ = elf_memory(reinterpret_cast<char*>(bytes.data()), bytes.size());
  if (elf_ != nullptr) dwarf_ = dwarf_begin_elf(elf_, DWARF_C_READ, nullptr);
  return dwarf_ != nullptr;
}

std::optional<DwarfTypes::Entry> DwarfTypes::entry(const NameIndex& index, std::string_view name) const {
  const std::optional<Dwarf_Die> die = find_entry(dwarf_, index, name);
  return die ? std::optional<Entry>(Entry{*die}) : std::nullopt;
}

std::optional<DwarfTypes::Entry> DwarfTypes::root(std::string_view type) const {
  if (type.empty() || type.front() != '&') return entry(index_.types, type);
  std::optional<Entry> variable = entry(index_.variables, type.substr(1));
  if (!variable) return std::nullopt;
  const std::optional<Dwarf_Die> of_variable = dwarf::type_of(variable->die);
  return of_variable ? std::optional<Entry>(Entry{*of_variable}) : std::nullopt;
}

std::optional<FieldPlace> DwarfTypes::find(std::string_view type, std::string_view path) const {
  const std::optional<Entry> found = root(type);
  return found ? dwarf::find_path(found->die, path) : std::nullopt;
}

std::optional<std::uint64_t> DwarfTypes::size_of(std::string_view type) const {
  const std::optional<Entry> found = root(type);
  return found ? dwarf::size_of(found->die) : std::nullopt;
}

std::optional<std::int64_t> DwarfTypes::constant(std::string_view name) const {
  std::optional<Entry> found = entry(index_.constants, name);
  return found ? dwarf::constant_value(found->die) : std::nullopt;
}

std::optional<GlobalPlace> DwarfTypes::global(std::string_view name) const {
  std::optional<Entry> variable = entry(index_.variables, name);
  if (!variable) return symbol(name);
  const std::optional<std::uint64_t> address = dwarf::fixed_address(variable->die);
  const std::optional<GlobalPlace> place =
      address ? std::optional<GlobalPlace>(GlobalPlace{*address, 0}) : symbol(name);
  if (!place) return std::nullopt;
  const std::optional<Dwarf_Die> type = dwarf::type_of(variable->die);
  const std::uint64_t size = type ? dwarf::size_of(*type).value_or(place->size) : place->size;
  return GlobalPlace{place->address, size};
}

std::optional<GlobalPlace> DwarfTypes::symbol(std::string_view name) const {
  if (!symbols_) {
    symbols_ = std::make_unique<SymbolIndex>(separate_ ? executable_ : file_);
    if (symbols_->empty() && separate_) symbols_ = std::make_unique<SymbolIndex>(file_);
  }
  return symbols_->find(name);
}

}  // namespace memmap
