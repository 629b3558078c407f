// The seam between memmap and its hosts. A host (LLDB, a core file, /proc) fills in a Target;
// the core never sees the host again.
#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "process/pages.h"

namespace memmap {

struct ReadRequest {
  Address from;
  std::span<std::byte> out;
  bool whole = false;  // set by read_many: all of `out` is valid
};

class MemoryReader {
 public:
  virtual ~MemoryReader() = default;

  // Copies target memory starting at `from` into `out`. Returns how many leading bytes of
  // `out` are valid; fewer than asked for means the next byte cannot be read.
  virtual std::size_t read(Address from, std::span<std::byte> out) const = 0;

  // The bytes of `range` in place, where this reader holds them (a core in memory). Empty
  // where it does not or where a byte is missing; then read() still answers.
  virtual std::span<const std::byte> view(AddressRange range) const;

  // Many reads at once, for readers to which a call is expensive.
  virtual void read_many(std::span<ReadRequest> requests) const;
};

enum class Arch : std::uint8_t { amd64, arm64, i386, arm, other };
std::string_view name(Arch arch);  // as GOARCH spells it

struct Platform {
  Arch arch = Arch::amd64;
  std::endian byte_order = std::endian::little;
  std::uint8_t pointer_size = 8;
  std::uint32_t page_size = 4096;  // the kernel's, bytes
};

struct Permissions {
  bool read = false;
  bool write = false;
  bool execute = false;
  constexpr bool none() const { return !read && !write && !execute; }
};

// One kernel mapping: a line of /proc/PID/maps, or what a core file kept of one.
struct Mapping {
  AddressRange range;
  Permissions permissions;
  bool shared = false;
  // The mapped file, or the kernel's own name in brackets: "[stack]", "[vdso]". Empty if
  // anonymous. In a core: from NT_FILE, and the brackets from the auxiliary vector.
  std::string file;
  std::uint64_t file_offset = 0;
  std::string vma_name;  // what prctl set, "Go: heap"; often empty
  // Target::pages says which of its bytes are in memory. Without, a figure for all of it at most.
  bool pages_known = false;
  // Bytes counted in Rss: of its pages, or where those are not known, as smaps says.
  std::optional<std::uint64_t> resident;
  // Of `resident`, those that are anonymous (the rest is file or shared memory).
  std::optional<std::uint64_t> resident_anonymous;

  bool is_kernel_piece() const { return !file.empty() && file.front() == '['; }
  bool is_file() const { return !file.empty() && !is_kernel_piece(); }
};

struct Thread {
  std::uint64_t tid = 0;
  Address stack_pointer;
  Address program_counter;
  Address thread_pointer;  // FS base on amd64
};

// How the bytes came to us; decides which repairs a core needs.
enum class Origin : std::uint8_t { live, kernel_core, gdb_core, lldb_core, qemu_core, snapshot, unknown };
std::string_view name(Origin origin);  // interface words: "live", "kernel", "gdb", ...

// Totals that the kernel keeps, apart from the mappings. Bytes. Empty where nobody knows.
struct KernelTotals {
  std::optional<std::uint64_t> virtual_size;  // VmSize of /proc/PID/status; Σ PT_LOAD p_memsz of a core
  std::optional<std::uint64_t> resident;      // Σ Rss of /proc/PID/smaps
};

// An entry of the auxiliary vector: AT_ENTRY, AT_SYSINFO_EHDR, AT_EXECFN, AT_PHDR …
struct AuxEntry {
  std::uint64_t type = 0;
  std::uint64_t value = 0;
};

struct Target {
  Platform platform;
  Origin origin = Origin::unknown;
  std::optional<std::uint64_t> pid;
  std::string core;               // path as the user gave it; empty if live
  std::string executable;         // path to show; empty if unknown
  std::string executable_file;    // path to open: /proc/PID/exe, --exe, NT_FILE's; empty if not at hand
  std::vector<Mapping> mappings;  // sorted, disjoint
  std::vector<PageRun> pages;     // sorted, disjoint; of the mappings with pages_known
  std::vector<Thread> threads;    // the selected one first: NT_PRSTATUS order in a core
  std::vector<AuxEntry> auxv;
  KernelTotals totals;
  std::shared_ptr<const MemoryReader> memory;

  std::optional<std::uint64_t> aux(std::uint64_t type) const;
  // The mapping that holds `a`, or nullptr. Binary search.
  const Mapping* mapping_at(Address a) const;
  // Makes it the selected thread, if it is one of the target's.
  void select_thread(std::uint64_t tid);
};

}  // namespace memmap
