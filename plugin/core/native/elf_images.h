// Finds the ELF images among the mappings.
#pragma once

#include "model/native.h"
#include "process/elf/elf_file.h"

namespace memmap {

struct FoundImage {
  ElfImageInMemory image;
  // Program headers: of the file if it is at hand, else of the first page in memory.
  std::shared_ptr<const ElfFile> headers;
};

// By address. A file that is ELF and merely mapped to be read is none of them.
std::vector<FoundImage> find_images(const Target& target);

}  // namespace memmap
