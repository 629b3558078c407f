#include "dwarf/symbols.h"

#include <array>
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
  const Result<ElfImage> image = ElfImage::open(file.path());
  REQUIRE(image);

  constexpr std::array<std::string_view, 4> kNames = {"runtime.allgs", "runtime.mheap",
                                                      "runtime.mheap_", ""};
  const auto found = find_symbols(*image, kNames);
  REQUIRE(found.size() == 4);
  CHECK(found[0]->address == 0x700000);
  CHECK_FALSE(found[1]);
  CHECK(found[2]->size == 92672);
  CHECK_FALSE(found[3]);

  const SymbolIndex index(*image);
  CHECK(index.find("runtime.mheap_")->address == 0x500000);
  CHECK(index.find("runtime.mheap_x")->address == 0x600000);
  CHECK_FALSE(index.find("runtime.mheap"));
  CHECK(find_symbol(*image, "runtime.allgs")->size == 24);
}

TEST_CASE("a file without symbols") {
  ElfWriter elf;
  const TempFile file(elf.finish());
  const Result<ElfImage> image = ElfImage::open(file.path());
  REQUIRE(image);
  CHECK(SymbolIndex(*image).empty());
  CHECK_FALSE(find_symbol(*image, "runtime.allgs"));
}

TEST_CASE("files that are not ELF, or cut short") {
  CHECK(ElfImage::open("/nonexistent").error().code == FaultCode::unreadable);
  CHECK(ElfImage::open("/").error().code == FaultCode::unreadable);
  const std::string text = "#!/bin/sh and some more";
  const TempFile script(std::as_bytes(std::span(text)));
  CHECK(ElfImage::open(script.path()).error().code == FaultCode::unsupported);

  ElfWriter elf;
  elf.section(".data", SHT_PROGBITS, "some bytes");
  elf.symbol("runtime.allgs", 0x700000, 24);
  const std::vector<std::byte> whole = elf.finish();
  for (std::size_t size = 1; size < whole.size(); size += 9) {
    const std::span<const std::byte> part(whole.data(), size);
    const TempFile file(part);
    const Result<ElfImage> image = ElfImage::open(file.path());
    CHECK(image.has_value() == (size >= sizeof(Elf64_Ehdr)));
    if (image) CHECK_FALSE(find_symbol(*image, "runtime.allgt"));
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
  const Result<ElfImage> image = ElfImage::open(stripped.path());
  REQUIRE(image);
  CHECK_FALSE(has_dwarf(*image));
  const std::optional<ElfImage> found = find_debug_file(*image, stripped.path(), "/nonexistent");
  REQUIRE(found.has_value() == expected);
  if (found) CHECK(has_dwarf(*found));
}

TEST_CASE("a separate debug file by build id") {
  const TempFile debug = debug_file("\x01\x23\x45");
  const std::string tree = debug.path() + "-tree";
  std::filesystem::create_directories(tree + "/.build-id/01");
  std::filesystem::copy_file(debug.path(), tree + "/.build-id/01/2345.debug");
  ElfWriter elf;
  elf.section(".note.gnu.build-id", SHT_NOTE, note("\x01\x23\x45"));
  const TempFile stripped(elf.finish());
  const Result<ElfImage> image = ElfImage::open(stripped.path());
  REQUIRE(image);
  CHECK(find_debug_file(*image, stripped.path(), tree));
  CHECK_FALSE(find_debug_file(*image, stripped.path(), tree + "/.build-id"));
  std::filesystem::remove_all(tree);
}
