#include "go/version.h"

#include "support/catch.h"
#include "support/elf_writer.h"
#include "support/temp_file.h"

using namespace memmap;
using namespace memmap::go;
using test::ElfWriter;
using test::TempFile;
using test::words;

namespace {

constexpr std::string_view kMagic = "\xff Go buildinf:";

std::string header(char flags) {
  std::string text(kMagic);
  text += '\x08';
  text += flags;
  return text;
}

std::string read(ElfWriter& elf) {
  const TempFile file(elf.finish());
  const Result<GoVersion> version = read_version(file.path());
  return version ? version->text : std::string("no ") + version.error().what;
}

}  // namespace

TEST_CASE("versions of releases, prereleases and development builds") {
  const std::optional<GoVersion> release = parse_version("go1.27.4 X:nogreenteagc,arenas");
  REQUIRE(release);
  CHECK(release->major == 1);
  CHECK(release->minor == 27);
  CHECK(release->patch == 4);
  CHECK(release->suffix.empty());
  CHECK(release->experiments == std::vector<std::string>{"nogreenteagc", "arenas"});
  CHECK(release->has_experiment("arenas"));
  CHECK_FALSE(release->has_experiment("arena"));
  CHECK_FALSE(release->development);
  CHECK(release->text == "go1.27.4 X:nogreenteagc,arenas");

  const std::optional<GoVersion> candidate = parse_version("go1.22rc1");
  REQUIRE(candidate);
  CHECK(candidate->minor == 22);
  CHECK(candidate->patch == 0);
  CHECK(candidate->suffix == "rc1");

  for (const char* const text : {"devel go1.28-abcdef Mon Jan 5 10:00:00 2026 +0000 X:arenas", "go1.28-devel_abcdef"}) {
    const std::optional<GoVersion> tip = parse_version(text);
    REQUIRE(tip);
    CHECK(tip->minor == 28);
    CHECK(tip->development);
  }
  CHECK(parse_version("go1.11")->minor == 11);
  CHECK(parse_version("go1.20.6b4")->patch == 6);
}

TEST_CASE("texts that name no release") {
  for (const char* const text : {"", "go", "devel +0a1b2c Mon", "cargo1.2", "gox", "go99999999999999"})
    CHECK_FALSE(parse_version(text));
}

TEST_CASE("the version in build info as text") {  // 1.18 and newer
  std::string info = header(2);
  info.resize(32);
  info += '\x08';
  info += "go1.24.1 and more";
  ElfWriter elf;
  elf.section(".go.buildinfo", SHT_PROGBITS, info);
  CHECK(read(elf) == "go1.24.1");
}

TEST_CASE("the version in build info behind pointers, without section names") {  // 1.13 to 1.17
  ElfWriter elf;
  const std::uint64_t text = elf.section(".rodata", SHT_PROGBITS, "go1.15.15");
  const std::uint64_t variable = elf.section(".data", SHT_PROGBITS, words({text, 9}));
  elf.section("renamed", SHT_PROGBITS, header(0) + words({variable, 0}));
  CHECK(read(elf) == "go1.15.15");
}

TEST_CASE("pointers that only the dynamic linker fills in") {
  ElfWriter elf;
  const std::uint64_t text = elf.section(".rodata", SHT_PROGBITS, "go1.17.13");
  const std::uint64_t variable = elf.section(".data", SHT_PROGBITS, words({0, 9}));
  const std::uint64_t info = elf.section(".go.buildinfo", SHT_PROGBITS, header(0) + words({0, 0}));
  elf.section(".rela.dyn", SHT_RELA,
              words({info + 16, R_X86_64_RELATIVE, variable, variable, R_X86_64_RELATIVE, text}));
  CHECK(read(elf) == "go1.17.13");
}

TEST_CASE("the version before build info, by symbol") {  // 1.11 and 1.12
  ElfWriter elf;
  const std::uint64_t text = elf.section(".rodata", SHT_PROGBITS, "go1.11.13");
  const std::uint64_t variable = elf.section(".data", SHT_PROGBITS, words({text, 9}));
  elf.symbol("runtime.buildVersions", 1, 16);
  elf.symbol("runtime.buildVersion", variable, 16);
  CHECK(read(elf) == "go1.11.13");
}

TEST_CASE("build info that cannot be right") {
  std::string info = header(2);
  info.resize(32);
  SECTION("text past the end") { info += "\x70go1"; }
  SECTION("unending length") { info += "\xff\xff\xff\xff\xff"; }
  SECTION("no length") {}
  ElfWriter elf;
  elf.section(".go.buildinfo", SHT_PROGBITS, info);
  CHECK(read(elf) == "no version of Go");
}

TEST_CASE("a version behind a wild pointer") {
  ElfWriter elf;
  elf.section(".go.buildinfo", SHT_PROGBITS, header(0) + words({~std::uint64_t{7}, 0}));
  CHECK(read(elf) == "no version of Go");
}
