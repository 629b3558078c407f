// The mappings of a dumped process, from program headers and NT_FILE, and what the writer of
// the core changed about them put right.
#pragma once

#include "base/findings.h"
#include "process/core/core_memory.h"
#include "process/core/core_notes.h"

namespace memmap {

// A mapping and where its bytes are. [data_size, range.size()) was left out by the writer.
struct CoreSegment {
  Mapping mapping;
  std::uint64_t data_offset = 0;  // in the core file
  std::uint64_t data_size = 0;    // as the header says; the file may end earlier
};

// By address and disjoint. Mappings that only NT_FILE knows (gdb leaves clean file pages out)
// are among them, without data.
std::vector<CoreSegment> core_segments(const ElfFile& core, const CoreNotes& notes, Findings& findings);

// "[vdso]", "[vvar]", "[vvar_vclock]", "[stack]", "[vsyscall]": the kernel's names are not dumped.
void name_kernel_pieces(const CoreNotes& notes, std::vector<CoreSegment>& segments);

// gdb dumps PROT_NONE memory as readable zeros. Go never maps anonymous memory read only, so
// what looks like that and holds zeros wherever it is probed is a reservation.
void restore_reservations(const MemoryReader& memory, std::vector<CoreSegment>& segments, Findings& findings);

}  // namespace memmap
