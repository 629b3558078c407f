#include "process/elf/elf_file.h"
#include "process/elf/elf_match.h"
#include "support/catch.h"
#include "support/elf_builder.h"

namespace memmap {
namespace {

using test::Bytes;

ElfFile::Opened parse(const Bytes& bytes) { return ElfFile::parse(bytes, nullptr, "x"); }

std::string failure(const Bytes& bytes) {
  const auto file = parse(bytes);
  return file ? "" : file.error();
}

// Everything a reader may ask, on a file that may be damaged anywhere.
std::size_t use(const ElfFile& file) {
  std::size_t sum = file.headers_size() + file.build_id().size();
  const std::string_view names[] = {"main.x", "no.such"};
  for (const auto& symbol : file.symbols(names)) sum += symbol ? 1 : 0;
  for (const ElfSection& section : file.sections()) sum += file.contents(section).size();
  for (const ElfSegment& segment : file.segments()) sum += file.bytes(segment.offset, segment.file_size).size();
  sum += compare_start(file.all(), file) == ElfMatch::same ? 1 : 0;
  return sum;
}

TEST_CASE("an executable's tables") {
  const Bytes bytes = test::build_executable(0x400000);
  const auto file = parse(bytes);
  REQUIRE(file);
  CHECK((*file)->type() == ET_EXEC);
  CHECK((*file)->arch() == Arch::amd64);
  CHECK((*file)->entry() == 0x400800);
  CHECK((*file)->segments().size() == 3);
  CHECK((*file)->segments()[1].memory_size == 0x1800);
  REQUIRE((*file)->section(".bss") != nullptr);
  CHECK((*file)->section(".bss")->address == 0x401020);
  CHECK((*file)->contents(*(*file)->section(".bss")).empty());
  CHECK((*file)->contents(*(*file)->section(".text")).size() == 0x7f0);
  CHECK((*file)->build_id().size() == 20);
  const std::string_view names[] = {"no.such", "main.x"};
  const auto symbols = (*file)->symbols(names);
  CHECK_FALSE(symbols[0]);
  REQUIRE(symbols[1]);
  CHECK(symbols[1]->address == 0x401000);
}

TEST_CASE("what is no ELF file is said in a sentence") {
  CHECK(failure({}) == "x is not an ELF file");
  CHECK(failure(Bytes(100)) == "x is not an ELF file");
  Bytes bytes = test::build_executable(0x400000);
  CHECK(failure(Bytes(bytes.begin(), bytes.begin() + 20)) == "x ends within its ELF header");
  bytes[EI_DATA] = std::byte{ELFDATA2MSB};
  CHECK(failure(bytes) == "x is big-endian; memmap reads little-endian files");
  CHECK(ElfFile::open("/").error() == "/ is a directory");
  CHECK(ElfFile::open("/no/such").error() == "cannot open /no/such: No such file or directory");
  CHECK(ElfFile::open("/dev/null").error() == "/dev/null is not a regular file");
  const test::TemporaryFile empty({});
  CHECK(ElfFile::open(empty.path()).error() == empty.path() + " is empty");
}

TEST_CASE("a 32-bit file is read too") {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_386;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = 1;
  Bytes bytes;
  test::append(bytes, header);
  test::append(bytes, Elf32_Phdr{PT_LOAD, 0, 0x8048000, 0, 84, 4096, PF_R | PF_X, 4096});
  const auto file = parse(bytes);
  REQUIRE(file);
  CHECK_FALSE((*file)->is_64());
  CHECK((*file)->arch() == Arch::i386);
  REQUIRE((*file)->segments().size() == 1);
  CHECK((*file)->segments()[0].address == 0x8048000);
  CHECK((*file)->segments()[0].permissions().execute);
}

TEST_CASE("a file cut off anywhere is read as far as it goes") {
  const Bytes whole = test::build_executable(0x400000);
  for (std::size_t size = 0; size < whole.size(); size += size < 0x500 ? 1 : 13) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    if (const auto file = parse(cut)) use(**file);
  }
  SUCCEED();
}

TEST_CASE("a file with any byte damaged is read without harm") {
  const Bytes whole = test::build_executable(0x400000);
  for (std::size_t at = 0; at < whole.size(); at += at < 0x500 || at > 0x1800 ? 1 : 97)
    for (const int value : {0x00, 0x01, 0x7f, 0xff}) {
      Bytes damaged = whole;
      damaged[at] = static_cast<std::byte>(value);
      if (const auto file = parse(damaged)) use(**file);
    }
  SUCCEED();
}

TEST_CASE("a file is recognised by what lies in memory") {
  const Bytes bytes = test::build_executable(0x400000);
  const auto file = parse(bytes);
  REQUIRE(file);
  Bytes page(bytes.begin(), bytes.begin() + 0x1000);
  CHECK(compare_start(page, **file) == ElfMatch::same);
  CHECK(compare_start({}, **file) == ElfMatch::unknown);

  SECTION("stripped: other section headers, a shorter data segment") {
    Elf64_Ehdr header;
    std::memcpy(&header, page.data(), sizeof header);
    header.e_shoff = header.e_shnum = header.e_shstrndx = 0;
    test::put(page, 0, header);
    test::put(page, 120 + offsetof(Elf64_Phdr, p_filesz), std::uint64_t{8});
    CHECK(compare_start(page, **file) == ElfMatch::same);
  }
  SECTION("another build id") {
    const Bytes other = test::build_executable(0x400000, std::byte{8});
    CHECK(compare_start(std::span(other).first(0x1000), **file) == ElfMatch::different);
  }
  SECTION("another entry") {
    test::put(page, offsetof(Elf64_Ehdr, e_entry), std::uint64_t{0x400900});
    CHECK(compare_start(page, **file) == ElfMatch::different);
  }
  SECTION("only debug information") {
    test::put(page, 120 + offsetof(Elf64_Phdr, p_filesz), std::uint64_t{0});
    CHECK(compare_start(page, **file) == ElfMatch::different);
  }
}

TEST_CASE("the load bias comes from what the kernel told the program") {
  const Bytes bytes = test::build_executable(0x400000);
  Bytes moved = bytes;
  test::put(moved, offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_DYN});
  const auto fixed = parse(bytes);
  const auto movable = parse(moved);
  REQUIRE(fixed);
  REQUIRE(movable);
  Target target;
  target.executable = "/x";
  Mapping& text = target.mappings.emplace_back();
  text.range = {Address(0x401000), Address(0x402000)};
  text.file = "/x";
  CHECK(load_bias(target, **movable) == 0x1000u);
  CHECK_FALSE(load_bias(target, **fixed));  // ET_EXEC cannot have moved
  target.auxv = {{AT_PHDR, 0x55400040}};
  CHECK(load_bias(target, **movable) == 0x55000000u);
  target.auxv.push_back({AT_ENTRY, 0x55400800});
  CHECK(load_bias(target, **movable) == 0x55000000u);
  target.auxv[1].value += 0x1000;
  CHECK_FALSE(load_bias(target, **movable));  // another program
}

}  // namespace
}  // namespace memmap
