// Whether a file is what lies in a target's memory, and how far from its own addresses it lies.
#pragma once

#include <optional>

#include "process/elf/elf_file.h"

namespace memmap {

enum class ElfMatch : std::uint8_t { same, different, unknown };

// `start` are the first bytes of an image in memory; a page is enough. Stripped or not makes no
// difference: compared are the ELF header but for its section fields, the program headers, and
// the notes with the build ids.
ElfMatch compare_start(std::span<const std::byte> start, const ElfFile& file);

// What is added to the addresses in the main program's file: 0 unless it is position independent.
// From AT_ENTRY, else AT_PHDR, else the mapping of its first page. Nothing if `executable`
// contradicts them.
std::optional<std::uint64_t> load_bias(const Target& target, const ElfFile& executable);

// Where the file's first page and its header lie in memory, if loaded with this bias.
std::optional<Address> header_address(const ElfFile& file, std::uint64_t bias);

}  // namespace memmap
