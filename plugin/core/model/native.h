// What the kernel and the loader mapped: ELF images, other files, the kernel's own pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"

namespace memmap {

// Spelled as the ids of kinds.def.
enum class NativeKind : std::uint8_t {
  text,
  rodata,
  data,
  bss,
  loader_data,    // ELF headers, symbol tables, relocations, what the loader reads or writes
  page_rounding,  // between two sections, or from the last one to the end of the page
  file_mapping,
  shared_memory,
  vdso,
  vvar,
  vsyscall,
  uprobe_page,
  main_stack,
};

// A mapped executable or shared library: region elf_image.
struct ElfImageInMemory {
  std::string path;                 // as the mappings have it
  std::vector<AddressRange> parts;  // mapped runs of pages, by address; one image has all of them
  std::uint64_t load_bias = 0;      // memory address − address in the file
  bool main_program = false;
  bool file_at_hand = false;  // sections are from the file; else from the program headers
};

// Pieces of images tile their parts: each byte of an image is in exactly one.
struct NativePiece {
  static constexpr std::uint32_t kNoImage = UINT32_MAX;

  AddressRange range;
  NativeKind kind = NativeKind::file_mapping;
  bool exact = true;               // else derived from permissions and neighbourhood
  std::uint32_t image = kNoImage;  // index in NativeMemory::images
  std::string name;                // section, ".gopclntab"; or file; or "[vdso]"
};

struct NativeMemory {
  std::vector<ElfImageInMemory> images;  // by address
  std::vector<NativePiece> pieces;       // by address, disjoint
  // Of the main program; nothing if no file of it is at hand and its headers are not in memory.
  std::optional<std::uint64_t> load_bias;
};

}  // namespace memmap
