#include "process/core/core_notes.h"

#include <elf.h>

#include <algorithm>

#include "process/load.h"

namespace memmap {
namespace {

// A word of the machine that dumped.
std::optional<std::uint64_t> word(const ElfFile& core, std::span<const std::byte> body, std::uint64_t index) {
  if (core.is_64()) return load<std::uint64_t>(body, index * 8);
  const auto value = load<std::uint32_t>(body, index * 4);
  return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
}

// struct elf_prstatus of x86-64: pr_pid at 32, pr_reg (user_regs_struct) at 112.
std::optional<Thread> thread_of(const ElfFile& core, std::span<const std::byte> body) {
  constexpr std::uint64_t kRegisters = 112;
  constexpr std::size_t kSize = 336;
  const auto tid = load<std::uint32_t>(body, core.is_64() ? 32 : 24);
  if (!tid) return std::nullopt;
  Thread thread;
  thread.tid = *tid;
  if (core.arch() != Arch::amd64 || body.size() < kSize) return thread;
  thread.program_counter = Address(*load<std::uint64_t>(body, kRegisters + 16 * 8));
  thread.stack_pointer = Address(*load<std::uint64_t>(body, kRegisters + 19 * 8));
  thread.thread_pointer = Address(*load<std::uint64_t>(body, kRegisters + 21 * 8));  // fs_base
  return thread;
}

void read_auxv(const ElfFile& core, std::span<const std::byte> body, CoreNotes& notes) {
  for (std::uint64_t i = 0;; i += 2) {
    const auto type = word(core, body, i);
    const auto value = word(core, body, i + 1);
    if (!type || !value || *type == AT_NULL) return;
    notes.auxv.push_back({*type, *value});
  }
}

// Count, page size, then start, end and offset in pages of each, then as many paths.
void read_files(const ElfFile& core, std::span<const std::byte> body, CoreNotes& notes) {
  const auto count = word(core, body, 0);
  const auto page_size = word(core, body, 1);
  if (!count || !page_size || *count > body.size() / (3 * (core.is_64() ? 8 : 4))) {
    notes.damaged = true;
    return;
  }
  const std::uint64_t words = 2 + *count * 3;
  std::span<const std::byte> paths = clip(body, words * (core.is_64() ? 8 : 4), body.size());
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto begin = word(core, body, 2 + i * 3);
    const auto end = word(core, body, 3 + i * 3);
    const auto offset = word(core, body, 4 + i * 3);
    const auto path_end = std::find(paths.begin(), paths.end(), std::byte{0});
    if (!begin || !end || !offset || *end <= *begin || path_end == paths.end()) {
      notes.damaged = true;
      continue;
    }
    const auto length = static_cast<std::size_t>(path_end - paths.begin());
    notes.files.push_back({{Address(*begin), Address(*end)},
                           *offset * *page_size,
                           std::string(reinterpret_cast<const char*>(paths.data()), length)});
    paths = paths.subspan(length + 1);
  }
}

void read_note(const ElfFile& core, const ElfNote& note, CoreNotes& notes) {
  notes.by_gdb |= note.name == "GDB";
  notes.by_qemu |= note.name == "QEMU";
  if (note.name != "CORE") return;
  if (note.type == NT_PRSTATUS) {
    const std::optional<Thread> thread = thread_of(core, note.body);
    if (thread) notes.threads.push_back(*thread);
    notes.damaged |= !thread;
  } else if (note.type == NT_PRPSINFO) {
    const auto pid = load<std::uint32_t>(note.body, core.is_64() ? 24 : 12);
    if (pid) notes.pid = *pid;
  } else if (note.type == NT_AUXV) {
    read_auxv(core, note.body, notes);
  } else if (note.type == NT_FILE) {
    read_files(core, note.body, notes);
  }
}

}  // namespace

std::optional<std::uint64_t> CoreNotes::aux(std::uint64_t type) const {
  for (const AuxEntry& entry : auxv)
    if (entry.type == type) return entry.value;
  return std::nullopt;
}

const CoreFileRange* CoreNotes::file_at(Address a) const {
  const auto after = std::upper_bound(files.begin(), files.end(), a,
                                      [](Address x, const CoreFileRange& f) { return x < f.range.begin; });
  if (after == files.begin()) return nullptr;
  const CoreFileRange& before = *std::prev(after);
  return before.range.contains(a) ? &before : nullptr;
}

CoreNotes read_core_notes(const ElfFile& core) {
  CoreNotes notes;
  for (const ElfSegment& segment : core.segments()) {
    if (segment.type != PT_NOTE) continue;
    const std::span<const std::byte> bytes = core.bytes(segment.offset, segment.file_size);
    bool damaged = false;
    for (const ElfNote& note : parse_notes(bytes, damaged)) read_note(core, note, notes);
    notes.damaged |= damaged || bytes.size() < segment.file_size;
  }
  std::stable_sort(notes.files.begin(), notes.files.end(),
                   [](const CoreFileRange& a, const CoreFileRange& b) { return a.range < b.range; });
  return notes;
}

}  // namespace memmap
