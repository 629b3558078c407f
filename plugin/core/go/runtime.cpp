#include "go/runtime.h"

#include "dwarf/dwarf_types.h"
#include "go/version.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kAtEntry = 9;  // AT_ENTRY of elf.h

}  // namespace

Result<Program> open_program(const std::string& executable_file, Findings& findings) {
  Program program;
  if (const Result<GoVersion> version = read_version(executable_file)) program.version = version->text;
  Result<std::unique_ptr<DwarfTypes>> types = DwarfTypes::open(executable_file);
  if (!types) return tl::unexpected(types.error());
  Result<Layout> layout = Layout::bind(**types, findings);
  if (!layout) return tl::unexpected(layout.error());
  program.layout = std::move(*layout);
  program.source = (*types)->source();
  return program;
}

Runtime::Runtime(const Program& program, const Target& target, std::uint64_t bias)
    : program_(program),
      target_(target),
      bias_(bias),
      traits_(derive_traits(program.layout)),
      cache_(*target.memory) {
  for (const Mapping& mapping : target.mappings)
    if (mapping.permissions.read && !mapping.shared) readable_bytes_ += mapping.range.size();
  const Result<std::uint64_t> page = read_word(cache_, global(Global::phys_page_size));
  if (page && *page >= 4096 && *page <= (1u << 20)) physical_page_ = *page;
}

Address Runtime::global(Global global) const {
  return layout().has(global) ? Address(layout()[global].address + bias_) : Address();
}

std::uint64_t Runtime::global_size(Global global) const {
  return layout().has(global) ? layout()[global].size : 0;
}

Result<Record> Runtime::record(Address at, Type type, const char* what) const {
  const std::uint64_t size = size_of(type);
  if (size == 0) return fault(FaultCode::not_found, what);
  if (size <= Record::kInline) return Record::fetch(memory(), layout(), at, size, what);
  return Record::fetch(memory(), layout(), at, size, what, scratch_);
}

Result<std::uint64_t> Runtime::word(Global which) const {
  if (global(which).is_null()) return fault(FaultCode::not_found, "global of the runtime");
  return read_word(memory(), global(which));
}

bool Runtime::mapped(AddressRange range) const {
  for (Address at = range.begin; at < range.end;) {
    const Mapping* mapping = target_.mapping_at(at);
    if (mapping == nullptr) return false;
    at = mapping->range.end;
  }
  return !range.empty();
}

std::uint64_t Runtime::list_bound(std::uint64_t item_size) const {
  return item_size == 0 ? 0 : readable_bytes_ / item_size;
}

Address untag(const Runtime& runtime, std::uint64_t tagged) {
  // 1.25 (tagptr_64bit.go): 49 address bits, 9 of them zero. Before: 48 bits, 3 of them zero.
  const auto value = static_cast<std::int64_t>(tagged);
  return Address(static_cast<std::uint64_t>(runtime.traits().wide_tagged_pointers ? (value >> 24) * 512
                                                                                 : (value >> 19) * 8));
}

}  // namespace memmap::go
