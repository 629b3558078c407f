// Cores for tests of the core reader, opened from their bytes.
#pragma once

#include "process/core/core_file.h"
#include "support/elf_builder.h"

namespace memmap::test {

inline constexpr std::uint64_t kBase = 0x400000;
inline constexpr std::uint64_t kHeap = 0xc000000000;
inline constexpr std::uint64_t kVdso = 0x7f0000010000;
inline constexpr std::uint64_t kStack = 0x7fff00000000;

inline Bytes page_of(int value, std::size_t pages = 1) { return Bytes(4096 * pages, static_cast<std::byte>(value)); }

inline Bytes slice(const Bytes& bytes, std::size_t from, std::size_t size) {
  Bytes out(bytes.begin() + static_cast<std::ptrdiff_t>(from),
            bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, bytes.size())));
  out.resize(size);
  return out;
}

inline Bytes notes_for(const std::string& executable, bool gdb = false) {
  Bytes notes;
  append_note(notes, "CORE", NT_PRSTATUS, prstatus(101, 0x11, 0x22, 0x33));
  Bytes process(136);
  put(process, 24, std::uint32_t{100});
  append_note(notes, "CORE", NT_PRPSINFO, process);
  Bytes auxv;
  for (const std::uint64_t word : {std::uint64_t{AT_PHDR}, kBase + 64, std::uint64_t{AT_PHNUM}, std::uint64_t{3},
                                   std::uint64_t{AT_ENTRY}, kBase + 0x800, std::uint64_t{AT_SYSINFO_EHDR}, kVdso,
                                   std::uint64_t{AT_EXECFN}, kStack + 0x20, std::uint64_t{AT_NULL}, std::uint64_t{0}})
    append(auxv, word);
  append_note(notes, "CORE", NT_AUXV, auxv);
  append_note(notes, "CORE", NT_FILE,
              nt_file({{kBase, kBase + 0x1000, 0, executable}, {kBase + 0x1000, kBase + 0x2000, 1, executable}}));
  append_note(notes, "CORE", NT_PRSTATUS, prstatus(100, 0x44, 0x55, 0x66));
  if (gdb) append_note(notes, "GDB", 0xff000000, Bytes(5));
  return notes;
}

// As the kernel writes it: one page of text, the data, a reservation, a heap page, a page never
// written, the kernel's pieces.
inline CoreRecipe kernel_core(const Bytes& program, const std::string& path) {
  CoreRecipe recipe;
  recipe.notes = notes_for(path);
  recipe.loads = {
      {kBase, 0x1000, PF_R | PF_X, slice(program, 0, 0x1000)},
      {kBase + 0x1000, 0x1000, PF_R | PF_W, {}},
      {kBase + 0x2000, 0x1000, PF_R | PF_W, page_of(3)},
      {kHeap, 0x2000, PF_R | PF_W, page_of(4, 2)},
      {kHeap + 0x2000, 0x1000, PF_R | PF_W, page_of(5)},
      {kHeap + 0x3000, 0x1000, PF_R | PF_W, {}},
      {kHeap + 0x4000, 0x40000000, 0, {}},
      {kVdso - 0x6000, 0x4000, PF_R, page_of(0, 4)},
      {kVdso - 0x2000, 0x2000, PF_R, page_of(0, 2)},
      {kVdso, 0x2000, PF_R | PF_X, page_of(6, 2)},
      {kStack, 0x1000, PF_R | PF_W, page_of(7)},
      {0xffffffffff600000, 0x1000, PF_X, page_of(8)},
  };
  return recipe;
}

struct Opened {
  Target target;
  Findings findings;
  std::string failure;

  bool found(std::string_view code) const {
    for (const Findings::Entry& entry : findings.entries())
      if (entry.code == code) return true;
    return false;
  }
  int byte_at(std::uint64_t address) const {
    std::byte value{};
    return target.memory->read(Address(address), {&value, 1}) == 1 ? static_cast<int>(value) : -1;
  }
};

inline Opened open_bytes(const Bytes& core, const std::string& executable = {}) {
  const TemporaryFile file(core);
  Opened opened;
  auto target = open_core(file.path(), executable, opened.findings);
  if (target)
    opened.target = std::move(*target);
  else
    opened.failure = target.error().substr(file.path().size());
  return opened;
}

}  // namespace memmap::test
