// Where a binary's DWARF is when it is not in the binary: distributions strip it into files of
// their own.
#pragma once

#include <optional>
#include <string>

#include "process/elf/elf_file.h"

namespace memmap {

bool has_dwarf(const ElfFile& file);

// By GNU build id in the system's debug tree, then by .gnu_debuglink beside `path`, in .debug
// beside it and in the debug tree. Only a file that matches (same build id, or the checksum of
// the link) and has DWARF is an answer, given by its path. Nothing is downloaded.
std::optional<std::string> find_debug_file(const ElfFile& file, const std::string& path,
                                           const std::string& debug_tree = "/usr/lib/debug");

}  // namespace memmap
