#include "dwarf/symbols.h"

#include <filesystem>
#include <fstream>

#include "dwarf/debug_files.h"
#include "support/catch.h"
#include "support/elf_writer.h"
#include "support/temp_file.h"

using namespace memmap;
using test::ElfWriter;
using test::TempFile;

namespace {

// An NT_GNU_BUILD_ID note.
std::string note(std::string_view id) {
  std::string text("\x04\0\0\0\0\0\0\0\x03\0\0\0GNU\0", 16);
  text[4] = static_cast<char>(id.size());
  return text.append(id);
}

std::shared_ptr<const ElfFile> open(const TempFile& file) {
  const ElfFile::Opened opened = ElfFile::open(file.path());
  REQUIRE(opened);
  return *opened;
}

TempFile debug_file(std::string_view id) {
  ElfWriter elf;
  elf.section(".note.gnu.build-id", SHT_NOTE, note(id));
  elf.section(".debug_info", SHT_PROGBITS, "123456789");
  return TempFile(elf.finish());
}

std::uint32_t crc32(const TempFile& file) {
  std::ifstream in(file.path(), std::ios::binary);
  std::uint32_t crc = ~0U;
  for (char c = 0; in.get(c);) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
  }
  return ~crc;
}

// The contents of .gnu_debuglink: the file's name, padded, and its checksum.
std::string link_to(const TempFile& file, std::uint32_t sum) {
  std::string text = file.path().substr(file.path().rfind('/') + 1);
  text.resize((text.size() + 4) / 4 * 4);
  return text.append(reinterpret_cast<const char*>(&sum), sizeof sum);
}

}  // namespace

TEST_CASE("symbols by name") {
  ElfWriter elf;
  elf.section(".data", SHT_PROGBITS, "x");
  elf.symbol("runtime.mheap_", 0x500000, 92672);
  elf.symbol("runtime.mheap_x", 0x600000, 8);
  elf.symbol("runtime.allgs", 0x700000, 24);
  const TempFile file(elf.finish());
  const SymbolIndex index(open(file));
  REQUIRE(index.find("runtime.mheap_"));
  CHECK(index.find("runtime.mheap_")->address == 0x500000);
  CHECK(index.find("runtime.mheap_")->size == 92672);
  REQUIRE(index.find("runtime.mheap_x"));
  CHECK(index.find("runtime.mheap_x")->address == 0x600000);
  CHECK_FALSE(index.find("runtime.mheap"));
  CHECK_FALSE(index.find(""));
}

TEST_CASE("files without symbols, or cut short") {
  ElfWriter none;
  const TempFile bare(none.finish());
  CHECK(SymbolIndex(open(bare)).empty());

  ElfWriter elf;
  elf.section(".data", SHT_PROGBITS, "some bytes");
  elf.symbol("runtime.allgs", 0x700000, 24);
  const std::vector<std::byte> whole = elf.finish();
  for (std::size_t size = sizeof(Elf64_Ehdr); size < whole.size(); size += 9) {
    const std::span<const std::byte> part(whole.data(), size);
    const TempFile file(part);
    CHECK_FALSE(SymbolIndex(open(file)).find("runtime.allgt"));
  }
}

TEST_CASE("a separate debug file by debug link") {
  const TempFile debug = debug_file("0123");
  ElfWriter elf;
  bool expected = true;
  std::uint32_t sum = crc32(debug);
  SECTION("with the right checksum") {}
  SECTION("with the same build id") {
    elf.section(".note.gnu.build-id", SHT_NOTE, note("0123"));
    sum = 0;
  }
  SECTION("with neither") {
    elf.section(".note.gnu.build-id", SHT_NOTE, note("0124"));
    sum ^= 1;
    expected = false;
  }
  elf.section(".gnu_debuglink", SHT_PROGBITS, link_to(debug, sum));
  const TempFile stripped(elf.finish());
  const std::shared_ptr<const ElfFile> file = open(stripped);
  CHECK_FALSE(has_dwarf(*file));
  const std::optional<std::string> found = find_debug_file(*file, stripped.path(), "/nonexistent");
  REQUIRE(found.has_value() == expected);
  if (found) CHECK(*found == debug.path());
}

TEST_CASE("a separate debug file by build id") {
  const TempFile debug = debug_file("\x01\x23\x45");
  const std::string tree = debug.path() + "-tree";
  std::filesystem::create_directories(tree + "/.build-id/01");
  std::filesystem::copy_file(debug.path(), tree + "/.build-id/01/2345.debug");
  ElfWriter elf;
  elf.section(".note.gnu.build-id", SHT_NOTE, note("\x01\x23\x45"));
  const TempFile stripped(elf.finish());
  const std::shared_ptr<const ElfFile> file = open(stripped);
  CHECK(find_debug_file(*file, stripped.path(), tree));
  CHECK_FALSE(find_debug_file(*file, stripped.path(), tree + "/.build-id"));
  std::filesystem::remove_all(tree);
}
