#include "dwarf/debug_files.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "process/load.h"

namespace memmap {
namespace {

std::span<const std::byte> contents(const ElfFile& file, std::string_view name) {
  const ElfSection* const section = file.section(name);
  return section == nullptr ? std::span<const std::byte>{} : file.contents(*section);
}

// Empty if there is none. Go's own build id is another note.
std::string build_id(const ElfFile& file) {
  std::string text;
  for (const std::byte b : file.build_id()) text += fmt::format("{:02x}", std::to_integer<unsigned>(b));
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
  for (const std::byte b : bytes) crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~crc;
}

std::shared_ptr<const ElfFile> file_with_dwarf(const std::string& path) {
  const ElfFile::Opened file = ElfFile::open(path);
  return file && has_dwarf(**file) ? *file : nullptr;
}

struct DebugLink {
  std::string file;
  std::uint32_t crc = 0;
};

std::optional<DebugLink> debug_link(const ElfFile& file) {
  const std::span<const std::byte> section = contents(file, ".gnu_debuglink");
  const std::string_view text(reinterpret_cast<const char*>(section.data()), section.size());
  const std::string_view name = text.substr(0, text.find('\0'));
  if (name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  // After the terminator, padded.
  const auto crc = load<std::uint32_t>(section, round_up(name.size() + 1, 4));
  if (!crc) return std::nullopt;
  return DebugLink{std::string(name), *crc};
}

std::optional<std::string> by_build_id(const std::string& id, const std::string& debug_tree) {
  if (id.size() < 4) return std::nullopt;
  const std::string path = fmt::format("{}/.build-id/{}/{}.debug", debug_tree, id.substr(0, 2), id.substr(2));
  const std::shared_ptr<const ElfFile> found = file_with_dwarf(path);
  if (found == nullptr || build_id(*found) != id) return std::nullopt;
  return path;
}

std::optional<std::string> by_link(const DebugLink& link, const std::string& id, const std::string& path,
                                   const std::string& debug_tree) {
  // /proc/PID/exe is a link to where the file really is.
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  if (error) return std::nullopt;
  const std::string folder = real.parent_path().string();
  for (const std::string& place : {folder, folder + "/.debug", debug_tree + folder}) {
    const std::string candidate = place + "/" + link.file;
    const std::shared_ptr<const ElfFile> found = file_with_dwarf(candidate);
    if (found == nullptr) continue;
    const bool same_id = !id.empty() && build_id(*found) == id;
    if (same_id || checksum(found->all()) == link.crc) return candidate;
  }
  return std::nullopt;
}

}  // namespace

bool has_dwarf(const ElfFile& file) {
  return !contents(file, ".debug_info").empty() || !contents(file, ".zdebug_info").empty();
}

std::optional<std::string> find_debug_file(const ElfFile& file, const std::string& path,
                                           const std::string& debug_tree) {
  const std::string id = build_id(file);
  if (std::optional<std::string> found = by_build_id(id, debug_tree)) return found;
  const std::optional<DebugLink> link = debug_link(file);
  return link ? by_link(*link, id, path, debug_tree) : std::nullopt;
}

}  // namespace memmap
