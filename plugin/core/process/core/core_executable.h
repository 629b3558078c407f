// The program that dumped: finding its file, and telling whether it is really that file.
#pragma once

#include "base/findings.h"
#include "process/core/core_mappings.h"

namespace memmap {

struct CoreExecutable {
  std::shared_ptr<const ElfFile> file;    // nothing if none fits
  std::string path;                       // of `file`
  const CoreFileRange* mapped = nullptr;  // NT_FILE entry of the main program, if known
};

// `given` is the user's --exe; if empty, the path in NT_FILE is tried. `memory` holds the bytes
// of the core alone. Codes of the findings: wrong_executable, no_executable.
CoreExecutable find_executable(const std::string& given, const CoreNotes& notes, const MemoryReader& memory,
                               Findings& findings);

}  // namespace memmap
