// Cuts an ELF image into text, rodata, data, bss and what lies between.
#pragma once

#include "native/elf_images.h"

namespace memmap {

// By address, tiling the parts of the image.
std::vector<NativePiece> cut_image(const FoundImage& found, std::uint32_t index);

}  // namespace memmap
