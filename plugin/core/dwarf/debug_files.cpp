#include "dwarf/debug_files.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <filesystem>

namespace memmap {
namespace {

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// The descriptor of the NT_GNU_BUILD_ID note as hexadecimal. Go's own build id is another note.
std::string build_id(const ElfImage& image) {
  const std::span<const std::byte> note = image.contents(".note.gnu.build-id");
  constexpr std::size_t kHeader = 16;  // three words and "GNU\0"
  if (note.size() < kHeader || word_at(note, 0) != 4) return {};
  const std::size_t size = word_at(note, 4);
  if (size > note.size() - kHeader) return {};
  std::string text;
  for (const std::byte b : note.subspan(kHeader, size))
    text += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return text;
}

// The checksum of .gnu_debuglink: zlib's crc32.
std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1U) * 0xedb88320U);
    table[i] = value;
  }
  std::uint32_t crc = ~0U;
  for (const std::byte b : bytes)
    crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~crc;
}

std::optional<ElfImage> by_build_id(const std::string& id, const std::string& debug_tree) {
  if (id.size() < 4) return std::nullopt;
  const std::string path =
      fmt::format("{}/.build-id/{}/{}.debug", debug_tree, id.substr(0, 2), id.substr(2));
  Result<ElfImage> found = ElfImage::open(path);
  if (!found || build_id(*found) != id || !has_dwarf(*found)) return std::nullopt;
  return std::move(*found);
}

struct DebugLink {
  std::string file;
  std::uint32_t crc = 0;
};

std::optional<DebugLink> debug_link(const ElfImage& image) {
  const std::span<const std::byte> section = image.contents(".gnu_debuglink");
  const std::string_view file = text_at(section, 0);
  const std::size_t crc_at = (file.size() + 4) / 4 * 4;  // after the terminator, padded
  if (file.empty() || file.find('/') != std::string_view::npos) return std::nullopt;
  if (crc_at + sizeof(std::uint32_t) > section.size()) return std::nullopt;
  return DebugLink{std::string(file), word_at(section, crc_at)};
}

}  // namespace

bool has_dwarf(const ElfImage& image) {
  return !image.contents(".debug_info").empty() || !image.contents(".zdebug_info").empty();
}

std::optional<ElfImage> find_debug_file(const ElfImage& image, const std::string& path,
                                        const std::string& debug_tree) {
  const std::string id = build_id(image);
  if (std::optional<ElfImage> found = by_build_id(id, debug_tree)) return found;
  const std::optional<DebugLink> link = debug_link(image);
  if (!link) return std::nullopt;
  // /proc/PID/exe is a link to where the file really is.
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return std::nullopt;
  const std::string folder = real.parent_path().string();
  for (const std::string& place : {folder, folder + "/.debug", debug_tree + folder}) {
    const std::string candidate = place + "/" + link->file;
    if (candidate == real.string()) continue;
    Result<ElfImage> found = ElfImage::open(candidate);
    if (!found || !has_dwarf(*found)) continue;
    const bool same_id = !id.empty() && build_id(*found) == id;
    if (same_id || checksum(found->bytes()) == link->crc) return std::move(*found);
  }
  return std::nullopt;
}

}  // namespace memmap
