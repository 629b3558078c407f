// What the kernel and the loader mapped.
#include "annotate/annotate.h"

namespace memmap {
namespace {

Kind kind_of(NativeKind kind) {
  switch (kind) {
    case NativeKind::text:
      return Kind::text;
    case NativeKind::rodata:
      return Kind::rodata;
    case NativeKind::data:
      return Kind::data;
    case NativeKind::bss:
      return Kind::bss;
    case NativeKind::loader_data:
      return Kind::loader_data;
    case NativeKind::page_rounding:
      return Kind::page_rounding;
    case NativeKind::file_mapping:
      return Kind::file_mapping;
    case NativeKind::shared_memory:
      return Kind::shared_memory;
    case NativeKind::vdso:
      return Kind::vdso;
    case NativeKind::vvar:
      return Kind::vvar;
    case NativeKind::vsyscall:
      return Kind::vsyscall;
    case NativeKind::uprobe_page:
      return Kind::uprobe_page;
    case NativeKind::main_stack:
      return Kind::main_stack;
  }
  return Kind::unknown;
}

}  // namespace

void annotate_native(const Model& model, std::vector<Claim>& claims) {
  const NativeMemory& native = model.native;
  for (std::uint32_t i = 0; i < native.images.size(); ++i)
    for (const AddressRange& part : native.images[i].parts)
      claims.push_back({part, i, Path::elf_image, Kind::elf_image, Level::region, Confidence::exact});
  for (std::uint32_t i = 0; i < native.pieces.size(); ++i) {
    const NativePiece& piece = native.pieces[i];
    const bool in_image = piece.image != NativePiece::kNoImage;
    claims.push_back({piece.range, i, in_image ? Path::elf : Path::native, kind_of(piece.kind),
                      in_image ? Level::block : Level::region, piece.exact ? Confidence::exact : Confidence::derived});
  }
}

}  // namespace memmap
