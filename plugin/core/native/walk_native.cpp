#include "native/walk_native.h"

#include <algorithm>

#include "native/image_blocks.h"
#include "process/elf/elf_match.h"

namespace memmap {
namespace {

bool is_shared_memory(const Mapping& mapping) {
  const std::string& file = mapping.file;
  return file == "/dev/zero (deleted)" || file.starts_with("/memfd:") || file.starts_with("/SYSV") ||
         file.starts_with("/dev/shm/") || (file.empty() && mapping.shared);
}

std::optional<NativeKind> kernel_piece(std::string_view name) {
  if (name == "[vdso]") return NativeKind::vdso;
  if (name.starts_with("[vvar")) return NativeKind::vvar;
  if (name == "[vsyscall]") return NativeKind::vsyscall;
  if (name == "[uprobes]") return NativeKind::uprobe_page;
  if (name == "[stack]") return NativeKind::main_stack;
  return std::nullopt;
}

std::optional<NativeKind> kind_of(const Mapping& mapping) {
  if (mapping.is_kernel_piece()) return kernel_piece(mapping.file);
  if (is_shared_memory(mapping)) return NativeKind::shared_memory;
  if (mapping.is_file()) return NativeKind::file_mapping;
  return std::nullopt;
}

// What of `range` no image has.
std::vector<AddressRange> outside_images(AddressRange range, const NativeMemory& native) {
  std::vector<AddressRange> rest;
  Address at = range.begin;
  for (const ElfImageInMemory& image : native.images)
    for (const AddressRange& part : image.parts) {
      if (!part.overlaps(range)) continue;
      if (at < part.begin) rest.push_back({at, part.begin});
      at = std::max(at, part.end);
    }
  if (at < range.end) rest.push_back({at, range.end});
  return rest;
}

// The [vvar] pair of a core has its name from where it lies; the other names are the kernel's, or
// of an address that the kernel told the program.
bool is_exact(const Target& target, NativeKind kind) {
  return target.origin == Origin::live || kind != NativeKind::vvar;
}

void add_mappings(const Target& target, NativeMemory& native) {
  for (const Mapping& mapping : target.mappings) {
    const std::optional<NativeKind> kind = kind_of(mapping);
    if (!kind) continue;
    for (const AddressRange& range : outside_images(mapping.range, native))
      native.pieces.push_back({range, *kind, is_exact(target, *kind), NativePiece::kNoImage, mapping.file});
  }
}

}  // namespace

void walk_native(const Target& target, Model& model, Findings&) {
  NativeMemory& native = model.native;
  native = {};
  if (target.memory == nullptr) return;
  std::vector<FoundImage> images = find_images(target);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::vector<NativePiece> pieces = cut_image(images[i], static_cast<std::uint32_t>(i));
    native.pieces.insert(native.pieces.end(), pieces.begin(), pieces.end());
    if (images[i].image.main_program) native.load_bias = images[i].image.load_bias;
    native.images.push_back(std::move(images[i].image));
  }
  add_mappings(target, native);
  std::sort(native.pieces.begin(), native.pieces.end(),
            [](const NativePiece& a, const NativePiece& b) { return a.range < b.range; });
}

}  // namespace memmap
