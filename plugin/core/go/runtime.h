// An opened Go runtime: where its globals are and how its structs are laid out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/findings.h"
#include "base/result.h"
#include "go/layout/layout.h"
#include "go/layout/traits.h"
#include "go/record.h"
#include "model/model.h"
#include "process/page_cache.h"
#include "process/read.h"
#include "process/target.h"

namespace memmap::go {

// What the executable file alone says. Made before the process is stopped.
class ProgramFile {
 public:
  // Does nothing for an empty path, or when it has already opened one.
  void open(const std::string& path, const Cancellation& cancellation = Cancellation());

  bool opened() const { return opened_; }
  // Why there is no layout: a required field or global that this file lacks, or no DWARF at all.
  // Empty where there is one.
  const std::string& failure() const { return failure_; }
  bool is_go() const { return !version_.empty(); }
  bool has_layout() const { return layout_.has_value(); }
  const Layout& layout() const { return *layout_; }
  const std::string& version() const { return version_; }  // "go1.27.4"; empty: no Go in it
  const std::string& source() const { return source_; }    // interface word: "dwarf", "debug-file"
  const Findings& findings() const { return findings_; }   // groups of fields that are absent

 private:
  bool opened_ = false;
  std::string failure_;
  std::optional<Layout> layout_;
  std::string version_;
  std::string source_;
  Findings findings_;
};

class Runtime {
 public:
  Runtime(const Layout& layout, const Target& target, std::uint64_t bias,
          const Cancellation& cancellation = Cancellation());

  const Target& target() const { return target_; }
  // For loops that do not read through memory().
  const Cancellation& cancellation() const { return cancellation_; }
  const Layout& layout() const { return layout_; }
  const Traits& traits() const { return traits_; }
  const MemoryReader& memory() const { return cache_; }
  // For large reads that are used once.
  const MemoryReader& uncached() const { return *target_.memory; }
  std::uint64_t physical_page() const { return physical_page_; }

  bool has(Group group) const { return layout().has(group); }
  bool has(Field field) const { return layout().has(field); }
  FieldPlace place(Field field) const { return layout()[field]; }
  // Null where this program lacks the global.
  Address global(Global global) const;
  std::uint64_t global_size(Global global) const;
  // 0 where this program lacks the type.
  std::uint64_t size_of(Type type) const { return layout().has(type) ? layout().type_size(type) : 0; }

  // Of a struct larger than Record::kInline the record is valid until the next such call.
  Result<Record> record(Address at, Type type, const char* what) const;
  // One pointer-sized word of a global.
  Result<std::uint64_t> word(Global global) const;
  // The address of a field inside a struct at `base`.
  Address at(Address base, Field field) const { return base + place(field).offset; }
  Result<Slice> slice(Address base, Field field) const { return read_slice(memory(), at(base, field)); }
  // False before the first mspan and goroutine (mallocinit, schedinit): what is nil then is not
  // damaged. True where that cannot be read.
  bool has_heap() const;
  // True if the kernel's mappings cover all of `range`, reservations without access among them.
  // False if it is empty.
  bool mapped(AddressRange range) const;
  // The same of mappings that may be read.
  bool readable(AddressRange range) const;
  // So many items of `item_size` bytes fit into the private readable mappings, those of files
  // included: no list can be longer.
  std::uint64_t list_bound(std::uint64_t item_size) const;
  // The bytes of a list read from the target. Nothing if it is empty, longer than list_bound() or
  // not readable(): to be asked before room is made for a copy.
  std::optional<AddressRange> list(Address first, std::uint64_t count, std::uint64_t item_size) const;

 private:
  const Layout& layout_;
  const Target& target_;
  std::uint64_t bias_;
  Cancellation cancellation_;
  Traits traits_;
  PageCache cache_;
  mutable std::vector<std::byte> scratch_;
  std::uint64_t physical_page_ = 4096;
  std::uint64_t readable_bytes_ = 0;
};

// Finds the Go runtime in the target and checks that the file is that of the process. Fills in
// model.runtime. Null where there is none or it cannot be read; `findings` then says why.
std::unique_ptr<Runtime> open_runtime(const ProgramFile& program, const Target& target, Model& model,
                                      Findings& findings, const Cancellation& cancellation = Cancellation());

// Follows a list from `first`: `visit(address)` for each item, whose next pointer lies at
// `next_offset`; a visit that returns false is the last. Ends with a finding at an unreadable item
// or a cycle. True if it came to the list's end.
template <class Visit>
bool walk_list(const Runtime& runtime, Address first, std::uint64_t next_offset, const char* what, Findings& findings,
               Visit visit) {
  Address checkpoint;
  std::uint64_t steps = 0;
  std::uint64_t next_checkpoint = 8;
  for (Address at = first; !at.is_null();) {
    if (at == checkpoint) {
      findings.add(Severity::warning, {FaultCode::implausible, what, at});
      return false;
    }
    if (++steps == next_checkpoint) {
      checkpoint = at;
      next_checkpoint *= 2;
    }
    const Result<std::uint64_t> next = read_word(runtime.memory(), at + next_offset);
    if (!next) {
      findings.add(Severity::warning, {FaultCode::unreadable, what, at});
      return false;
    }
    if constexpr (std::is_same_v<decltype(visit(at)), bool>) {
      if (!visit(at)) return false;
    } else {
      visit(at);
    }
    at = Address(*next);
  }
  return true;
}

// lfstack and other tagged pointers: 64-bit values that hold an address and a counter.
Address untag(const Runtime& runtime, std::uint64_t tagged);

}  // namespace memmap::go
