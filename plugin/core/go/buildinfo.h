// What a Go binary's file says about its own build.
#pragma once

#include <optional>
#include <string>

#include "dwarf/elf_image.h"

namespace memmap::go {

// The text of runtime.buildVersion.
std::optional<std::string> build_version(const ElfImage& image);

}  // namespace memmap::go
