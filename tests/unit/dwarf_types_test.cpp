// The reader against this program's own DWARF: structs whose layout the compiler confirms.
#include "dwarf/dwarf_types.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <random>

#include "support/catch.h"
#include "support/elf_writer.h"
#include "support/temp_file.h"

// At file scope, where names in DWARF are top entries as Go's are.
struct ProbeBox {
  std::uint32_t value;
};
struct ProbeStateBox {
  ProbeBox s;
};
struct ProbePair {
  std::uint64_t value;
  std::uint64_t other;
};
struct ProbeSet {
  std::uint16_t lock;
  ProbeStateBox index;
};
struct ProbeCentral {
  std::uint64_t nmalloc;
  ProbeSet partial[2];
};
struct ProbeOs {
  std::uint64_t state;
  std::uint32_t both;
};
struct ProbeOther {
  std::uint32_t both;
};
using ProbeAlias = const ProbeCentral;
struct Probe {
  std::uint8_t first;
  std::uint64_t start;
  ProbeAlias central[3];
  ::ProbeOs ProbeOs;
  ::ProbeOther ProbeOther;
  ProbePair pair;
  Probe* next;
  ProbeStateBox boxes[4];
};
union ProbeUnion {
  std::uint32_t low;
  std::uint64_t whole;
};
Probe dwarf_probe = {};
ProbeUnion dwarf_probe_union = {};
std::uint64_t dwarf_probe_second[5] = {};

using namespace memmap;

namespace {

const DwarfUnits kThisUnit = {{__FILE__}, "Probe"};

const DwarfTypes& types() {
  static const Result<std::unique_ptr<DwarfTypes>> opened = DwarfTypes::open("/proc/self/exe", kThisUnit);
  if (!opened) FAIL("needs a test program with debug information (-g)");
  return **opened;
}

void check(const char* path, std::size_t offset, std::size_t size, std::size_t stride = 0, std::size_t count = 1) {
  INFO(path);
  const std::optional<FieldPlace> place = types().find("Probe", path);
  REQUIRE(place);
  CHECK(place->offset == offset);
  CHECK(place->size == size);
  CHECK(place->stride == (stride == 0 ? size : stride));
  CHECK(place->count == count);
}

}  // namespace

TEST_CASE("dwarf: fields by path") {
  check("first", 0, 1);
  check("start", offsetof(Probe, start), 8);
  check("next", offsetof(Probe, next), 8);
  check("pair", offsetof(Probe, pair), 16);
  check("central", offsetof(Probe, central), sizeof(Probe::central), sizeof(ProbeCentral), 3);
  const std::size_t set =
      offsetof(Probe, central) + 2 * sizeof(ProbeCentral) + offsetof(ProbeCentral, partial) + sizeof(ProbeSet);
  check("central[2].partial[1]", set, sizeof(ProbeSet));
  check("central[2].partial[1].index.s.value", set + offsetof(ProbeSet, index), 4);
  check("", 0, sizeof(Probe));
}

TEST_CASE("dwarf: wrappers are unwrapped at the end of a path, arrays of them are not") {
  const std::size_t index = offsetof(Probe, central) + offsetof(ProbeCentral, partial) + offsetof(ProbeSet, index);
  check("central[0].partial[0].index", index, 4);
  check("central[0].partial[0].index.s", index, 4);
  check("boxes", offsetof(Probe, boxes), 16, 4, 4);
  check("boxes[3]", offsetof(Probe, boxes) + 12, 4);
}

TEST_CASE("dwarf: members of embedded structs, if one has them") {
  check("ProbeOs.state", offsetof(Probe, ProbeOs), 8);
  check("state", offsetof(Probe, ProbeOs), 8);
  check("ProbeOs.both", offsetof(Probe, ProbeOs) + offsetof(ProbeOs, both), 4);
  CHECK_FALSE(types().find("Probe", "both"));
  CHECK_FALSE(types().find("Probe", "other"));  // of a member that is not embedded
}

TEST_CASE("dwarf: paths that lead nowhere") {
  for (const char* const path : {"absent", "start.x", "start[0]", "central[3]", "central[99999999999999999999]",
                                 "central[", "central[]", "central[0", "central[0]x", "central[-1]", "central[0].",
                                 ".start", "start..x", "next.start", "[0]", "pair.value.value", "central.partial"}) {
    INFO(path);
    const std::optional<FieldPlace> place = types().find("Probe", path);
    // A dot at the end is the path before it.
    CHECK(place.has_value() == (std::string_view(path) == "central[0]."));
  }
  CHECK_FALSE(types().find("Absent", "x"));
  CHECK_FALSE(types().find("", ""));
  CHECK_FALSE(types().find("&", ""));
}

TEST_CASE("dwarf: sizes, globals and the types of globals") {
  CHECK(types().size_of("Probe") == sizeof(Probe));
  CHECK(types().size_of("ProbeAlias") == sizeof(ProbeCentral));
  CHECK(types().size_of("&dwarf_probe_second") == 40U);
  const std::optional<FieldPlace> start = types().find("&dwarf_probe", "start");
  REQUIRE(start);
  CHECK(start->offset == offsetof(Probe, start));
  CHECK(types().find("ProbeUnion", "whole")->size == 8);
  CHECK_FALSE(types().size_of("dwarf_probe"));
  const std::optional<GlobalPlace> first = types().global("dwarf_probe");
  const std::optional<GlobalPlace> second = types().global("dwarf_probe_second");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->size == sizeof(Probe));
  // As linked: only distances are the same in a loaded PIE.
  CHECK(second->address - first->address ==
        reinterpret_cast<std::uintptr_t>(&dwarf_probe_second) - reinterpret_cast<std::uintptr_t>(&dwarf_probe));
  CHECK_FALSE(types().global("dwarf_prob"));
  CHECK_FALSE(types().constant("dwarf_probe"));
  CHECK(types().source() == "dwarf");
}

TEST_CASE("dwarf: files without it, and without the units asked for") {
  test::ElfWriter elf;
  elf.section(".data", SHT_PROGBITS, "x");
  const test::TempFile bare(elf.finish());
  const auto none = DwarfTypes::open(bare.path());
  REQUIRE_FALSE(none);
  CHECK(none.error().code == FaultCode::not_found);
  CHECK(DwarfTypes::open("/nonexistent").error().code == FaultCode::unreadable);
  CHECK(DwarfTypes::open("/").error().code == FaultCode::unreadable);
  const std::string text = "#!/bin/sh and some more";
  const test::TempFile script(std::as_bytes(std::span(text)));
  CHECK(DwarfTypes::open(script.path()).error().code == FaultCode::unsupported);
  CHECK_FALSE(DwarfTypes::open("/proc/self/exe"));  // not a Go program
}

namespace {

std::vector<std::byte> own_file() {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void ask_everything(const std::string& path) {
  const auto opened = DwarfTypes::open(path, kThisUnit);
  if (!opened) return;
  const DwarfTypes& damaged = **opened;
  for (const char* const field :
       {"start", "central[2].partial[1].index", "state", "both", "boxes", "next", "pair.other"})
    (void)damaged.find("Probe", field);
  (void)damaged.size_of("ProbeAlias");
  (void)damaged.size_of("&dwarf_probe_second");
  (void)damaged.global("dwarf_probe");
  (void)damaged.constant("dwarf_probe");
}

}  // namespace

TEST_CASE("dwarf: damaged files are refused or misread, and never crash") {
  const std::vector<std::byte> whole = own_file();
  const test::TempFile copy(whole);
  const ElfFile::Opened elf = ElfFile::open(copy.path());
  REQUIRE(elf);
  std::mt19937 random(1);
  std::fstream file(copy.path(), std::ios::binary | std::ios::in | std::ios::out);
  for (const char* const name : {".debug_info", ".debug_abbrev"}) {
    const ElfSection* const section = (*elf)->section(name);
    REQUIRE(section != nullptr);
    for (int round = 0; round < 40; ++round) {
      std::vector<std::uint64_t> places;
      // Few flips let the reader get far; many reach everything.
      for (int flip = 0; flip < (round % 2 == 0 ? 20 : 2000); ++flip)
        places.push_back(section->offset + random() % section->size);
      for (const std::uint64_t place : places) {
        file.seekp(static_cast<std::streamoff>(place));
        file.put(static_cast<char>(random()));
      }
      file.flush();
      ask_everything(copy.path());
      for (const std::uint64_t place : places) {
        file.seekp(static_cast<std::streamoff>(place));
        file.put(static_cast<char>(whole[place]));
      }
    }
  }
  file.flush();
  REQUIRE(DwarfTypes::open(copy.path(), kThisUnit));
}

namespace {

// A .debug_info of one unit "runtime" whose entries the caller writes, after abbreviations 1 (the
// unit), 2 (a struct: name, size, sibling), 3 (an embedded member: name, type, offset).
class HandWrittenDwarf {
 public:
  HandWrittenDwarf() {
    info_ = std::string("\0\0\0\0\4\0\0\0\0\0\10", 11);
    info_ += std::string("\1runtime\0", 9);
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(info_.size()); }
  void type(std::string_view name, std::uint8_t size, std::uint32_t sibling) {
    info_ += '\2' + std::string(name) + '\0' + static_cast<char>(size);
    word(sibling);
  }
  void member(std::string_view name, std::uint32_t type) {
    info_ += '\3' + std::string(name) + '\0';
    word(type);
    info_ += '\0';
  }
  void end() { info_ += '\0'; }

  std::vector<std::byte> file(std::uint64_t flags = 0, std::uint32_t compression = 0) {
    const auto length = static_cast<std::uint32_t>(info_.size() - 4);
    std::memcpy(info_.data(), &length, sizeof length);
    Elf64_Chdr header = {};
    header.ch_type = compression;
    header.ch_size = info_.size();
    const std::string compressed(reinterpret_cast<const char*>(&header), sizeof header);
    test::ElfWriter elf;
    elf.section(".debug_info", SHT_PROGBITS, flags == 0 ? info_ : compressed + info_);
    elf.section(".debug_abbrev", SHT_PROGBITS,
                std::string("\1\x11\1\x3\x8\0\0"
                            "\2\x13\1\x3\x8\xb\xb\x1\x13\0\0"
                            "\3\xd\0\x3\x8\x49\x13\x38\xb\0\0\0",
                            30));
    std::vector<std::byte> bytes = elf.finish();
    Elf64_Ehdr start;
    std::memcpy(&start, bytes.data(), sizeof start);
    const std::uint64_t at = start.e_shoff + sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_flags);
    std::memcpy(bytes.data() + at, &flags, sizeof flags);
    return bytes;
  }

 private:
  void word(std::uint32_t value) { info_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  std::string info_;
};

const DwarfUnits kRuntimeUnit{{"runtime"}, "runtime.mspan"};

}  // namespace

TEST_CASE("dwarf: a struct that embeds itself twenty times over is no maze") {
  HandWrittenDwarf dwarf;
  dwarf.type("runtime.mspan", 8, dwarf.here() + 21);
  dwarf.end();
  const std::uint32_t g = dwarf.here();
  dwarf.type("runtime.g", 8, 0);
  for (int i = 0; i < 20; ++i) dwarf.member("g", g);
  dwarf.end();
  dwarf.end();
  const test::TempFile file(dwarf.file());
  const auto types = DwarfTypes::open(file.path(), kRuntimeUnit);
  REQUIRE(types);
  CHECK((*types)->size_of("runtime.g") == 8U);
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE((*types)->find("runtime.g", "goid"));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
}

TEST_CASE("dwarf: a sibling that leads back is not followed") {
  HandWrittenDwarf dwarf;
  const std::uint32_t first = dwarf.here();
  dwarf.type("runtime.mspan", 8, first);
  dwarf.end();
  dwarf.end();
  const test::TempFile file(dwarf.file());
  const auto types = DwarfTypes::open(file.path(), kRuntimeUnit);
  REQUIRE(types);
  CHECK((*types)->size_of("runtime.mspan") == 8U);
}

TEST_CASE("dwarf: what is compressed with zstd is not taken for missing") {
  HandWrittenDwarf dwarf;
  dwarf.end();
  const test::TempFile file(dwarf.file(SHF_COMPRESSED, 2));
  const auto types = DwarfTypes::open(file.path(), kRuntimeUnit);
  REQUIRE_FALSE(types);
  CHECK(types.error().code == FaultCode::unsupported);
  CHECK(std::string_view(types.error().what).find("zstd") != std::string_view::npos);
}

TEST_CASE("dwarf: reading ends when it is interrupted") {
  HandWrittenDwarf dwarf;
  dwarf.type("runtime.mspan", 8, dwarf.here() + 21);
  dwarf.end();
  dwarf.end();
  const test::TempFile file(dwarf.file());
  const std::atomic<bool> asked = true;
  CHECK_THROWS_AS(DwarfTypes::open(file.path(), kRuntimeUnit, Cancellation(&asked)), Interrupted);
}
