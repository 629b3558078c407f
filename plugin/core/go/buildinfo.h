// What a Go binary's file says about its own build.
#pragma once

#include <optional>
#include <string>

#include "process/elf/elf_file.h"

namespace memmap::go {

// The text of runtime.buildVersion.
std::optional<std::string> build_version(const ElfFile& file);

}  // namespace memmap::go
