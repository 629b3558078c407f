#include "dwarf/code_symbols.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <algorithm>

#include "dwarf/die.h"
#include "process/load.h"

namespace memmap {
namespace {

constexpr std::string_view kAssemblySuffix = ".abi0";
constexpr int kMaxInlined = 64;  // nested inlined functions that are believed
constexpr int kMaxBlocks = 64;   // blocks around one of them

std::string_view without_suffix(std::string_view name) {
  if (name.ends_with(kAssemblySuffix)) name.remove_suffix(kAssemblySuffix.size());
  return name;
}

std::string_view text_at(std::span<const std::byte> text, std::uint64_t offset) {
  const std::span<const std::byte> rest = clip(text, offset, text.size());
  const std::string_view name(reinterpret_cast<const char*>(rest.data()), rest.size());
  return name.substr(0, name.find('\0'));
}

template <class Entry>
const Entry* entry_at(const std::vector<Entry>& entries, std::uint64_t address) {
  auto at = std::upper_bound(entries.begin(), entries.end(), address,
                             [](std::uint64_t a, const Entry& e) { return a < e.begin; });
  if (at == entries.begin()) return nullptr;
  --at;
  return address < at->end ? &*at : nullptr;
}

// The call in `parent` that was replaced by the code at `address`, in however many blocks.
std::optional<Dwarf_Die> inlined_at(Dwarf_Die parent, std::uint64_t address) {
  for (int depth = 0; depth < kMaxBlocks; ++depth) {
    std::optional<Dwarf_Die> found;
    dwarf::for_each_child(parent, [&](Dwarf_Die& child) {
      const int tag = dwarf_tag(&child);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) return true;
      if (dwarf_haspc(&child, address) == 1) found = child;
      return !found;
    });
    if (!found || dwarf_tag(&*found) == DW_TAG_inlined_subroutine) return found;
    parent = *found;
  }
  return std::nullopt;
}

std::uint32_t unsigned_of(Dwarf_Die& die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, which, &attribute) == nullptr) return 0;
  return dwarf_formudata(&attribute, &value) == 0 ? static_cast<std::uint32_t>(value) : 0;
}

std::string_view file_numbered(Dwarf_Die& unit, std::uint32_t number) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(&unit, &files, &count) != 0 || number >= count) return {};
  const char* const name = dwarf_filesrc(files, number, nullptr, nullptr);
  return name == nullptr ? std::string_view() : name;
}

std::string_view inlined_name(Dwarf_Die& call) {
  Dwarf_Attribute attribute;
  Dwarf_Die origin;
  if (dwarf_attr(&call, DW_AT_abstract_origin, &attribute) == nullptr) return {};
  if (dwarf_formref_die(&attribute, &origin) == nullptr) return {};
  return dwarf::name_of(origin);
}

// File and line of the instruction itself.
void set_line(Dwarf_Die& unit, std::uint64_t address, CodeFrame& frame) {
  Dwarf_Line* const line = dwarf_getsrc_die(&unit, address);
  int number = 0;
  if (line == nullptr || dwarf_lineno(line, &number) != 0) return;
  const char* const file = dwarf_linesrc(line, nullptr, nullptr);
  if (file != nullptr) frame.file = file;
  frame.line = static_cast<std::uint32_t>(number);
}

}  // namespace

CodeSymbols::~CodeSymbols() {
  if (dwarf_ != nullptr) dwarf_end(dwarf_);
  if (elf_ != nullptr) elf_end(elf_);
}

Result<std::unique_ptr<CodeSymbols>> CodeSymbols::open(const std::string& path) {
  std::unique_ptr<CodeSymbols> symbols(new CodeSymbols);
  symbols->bytes_ = PrivateFile::open(path);
  if (symbols->bytes_ == nullptr) return fault(FaultCode::unreadable, "executable file");
  ElfFile::Opened file = ElfFile::parse(symbols->bytes_->bytes(), symbols->bytes_, path);
  if (!file) return fault(FaultCode::unsupported, "file that is not little-endian ELF");
  symbols->file_ = *file;
  symbols->read_functions();
  symbols->read_subprograms();
  return symbols;
}

void CodeSymbols::read_functions() {
  const std::vector<ElfSection>& sections = file_->sections();
  for (const ElfSection& section : sections) {
    if (section.type != SHT_SYMTAB || section.link >= sections.size() || !file_->is_64()) continue;
    const std::span<const std::byte> text = file_->contents(sections[section.link]);
    const std::span<const std::byte> table = file_->contents(section);
    for (std::uint64_t at = 0; const auto symbol = load<Elf64_Sym>(table, at); at += sizeof(Elf64_Sym)) {
      if (symbol->st_shndx == SHN_UNDEF || (symbol->st_info & 0xfU) != STT_FUNC) continue;
      const std::string_view name = text_at(text, symbol->st_name);
      functions_.push_back({without_suffix(name), symbol->st_value, symbol->st_value + symbol->st_size,
                            name.ends_with(kAssemblySuffix)});
    }
    break;  // a file has one
  }
  std::stable_sort(functions_.begin(), functions_.end(),
                   [](const FunctionRange& a, const FunctionRange& b) { return a.begin < b.begin; });
}

void CodeSymbols::read_subprograms() {
  const std::span<std::byte> bytes = bytes_->bytes();
  elf_version(EV_CURRENT);
  elf_ = elf_memory(reinterpret_cast<char*>(bytes.data()), bytes.size());
  if (elf_ != nullptr) dwarf_ = dwarf_begin_elf(elf_, DWARF_C_READ, nullptr);
  if (dwarf_ == nullptr) return;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die top;
  while (dwarf_get_units(dwarf_, unit, &unit, nullptr, nullptr, &top, nullptr) == 0)
    dwarf::for_each_child(top, DW_TAG_subprogram, [&](Dwarf_Die& die) {
      Dwarf_Addr begin = 0;
      Dwarf_Addr end = 0;
      if (dwarf_lowpc(&die, &begin) == 0 && dwarf_highpc(&die, &end) == 0)
        subprograms_.push_back({begin, end, dwarf_dieoffset(&die)});
      return true;
    });
  std::sort(subprograms_.begin(), subprograms_.end(),
            [](const Subprogram& a, const Subprogram& b) { return a.begin < b.begin; });
}

const FunctionRange* CodeSymbols::function_at(std::uint64_t address) const { return entry_at(functions_, address); }

const FunctionRange* CodeSymbols::function_named(std::string_view name) const {
  const auto found = std::ranges::find(functions_, name, &FunctionRange::name);
  return found == functions_.end() ? nullptr : &*found;
}

std::vector<CodeFrame> CodeSymbols::at(std::uint64_t address) const {
  std::vector<CodeFrame> frames;
  const FunctionRange* const function = function_at(address);
  if (add_source(address, frames)) {
    if (function != nullptr) frames.back().function = function->name;
    return frames;
  }
  if (function != nullptr) frames.push_back({function->name, {}, 0});
  return frames;
}

bool CodeSymbols::add_source(std::uint64_t address, std::vector<CodeFrame>& frames) const {
  const Subprogram* const subprogram = entry_at(subprograms_, address);
  Dwarf_Die die;
  Dwarf_Die unit;
  if (subprogram == nullptr || dwarf_offdie(dwarf_, subprogram->die, &die) == nullptr ||
      dwarf_diecu(&die, &unit, nullptr, nullptr) == nullptr)
    return false;
  // Outermost first, as the entries nest. The caller of an inlined function is at the line of
  // the call.
  CodeFrame frame{dwarf::name_of(die), {}, 0};
  for (int depth = 0; depth < kMaxInlined; ++depth) {
    std::optional<Dwarf_Die> call = inlined_at(die, address);
    if (!call) break;
    frame.file = file_numbered(unit, unsigned_of(*call, DW_AT_call_file));
    frame.line = unsigned_of(*call, DW_AT_call_line);
    frames.push_back(frame);
    frame = {inlined_name(*call), {}, 0};
    die = *call;
  }
  set_line(unit, address, frame);
  frames.push_back(frame);
  std::reverse(frames.begin(), frames.end());
  return true;
}

}  // namespace memmap
