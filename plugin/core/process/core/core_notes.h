// What the notes of an ELF core say: threads, auxiliary vector, mapped files, who wrote it.
#pragma once

#include "process/elf/elf_file.h"

namespace memmap {

// An entry of NT_FILE: one mapping that has a file.
struct CoreFileRange {
  AddressRange range;
  std::uint64_t file_offset = 0;  // bytes
  std::string path;
};

struct CoreNotes {
  std::vector<Thread> threads;  // in the order of the notes: the one that died is the first
  std::vector<AuxEntry> auxv;
  std::vector<CoreFileRange> files;  // by address
  std::optional<std::uint64_t> pid;
  bool by_gdb = false;   // a note named "GDB"
  bool by_qemu = false;  // a note named "QEMU"
  bool damaged = false;  // a note is cut off or contradicts itself

  std::optional<std::uint64_t> aux(std::uint64_t type) const;
  const CoreFileRange* file_at(Address a) const;
};

CoreNotes read_core_notes(const ElfFile& core);

}  // namespace memmap
