#include <algorithm>

#include "native/walk_native.h"
#include "process/core/core_memory.h"
#include "support/catch.h"
#include "support/elf_builder.h"

namespace memmap {
namespace {

using test::Bytes;

constexpr std::uint64_t kBase = 0x400000;
constexpr std::uint64_t kMoved = 0x7f0000000000;

Mapping mapping(std::uint64_t begin, std::uint64_t size, const std::string& file, std::uint64_t offset = 0,
                Permissions permissions = {true, true, false}) {
  Mapping made;
  made.range = {Address(begin), Address(begin + size)};
  made.file = file;
  made.file_offset = offset;
  made.permissions = permissions;
  return made;
}

// An executable loaded as the kernel does it: two pages of the file, then the tail of .bss.
struct Loaded {
  Bytes bytes = test::build_executable(kBase);
  test::TemporaryFile file{bytes};
  Target target;

  explicit Loaded(std::uint64_t at = kBase) {
    if (at != kBase) {
      test::put(bytes, offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_DYN});
      file.write(bytes);
    }
    auto memory = std::make_shared<CoreMemory>(std::vector<std::shared_ptr<const void>>{});
    memory->add({Address(at), Address(at + 0x1000)}, bytes.data());
    memory->finish();
    target.memory = memory;
    target.origin = Origin::kernel_core;
    target.executable = file.path();
    target.executable_file = file.path();
    target.auxv = {{AT_PHDR, at + 64}};
    target.mappings = {mapping(at, 0x1000, file.path(), 0, {true, false, true}),
                       mapping(at + 0x1000, 0x1000, file.path(), 0x1000), mapping(at + 0x2000, 0x1000, "")};
  }
  NativeMemory walk() const {
    Model model;
    Findings findings;
    walk_native(target, model, findings);
    return model.native;
  }
};

// The rule of the map: pieces are disjoint, and tile every part of every image.
void check_tiled(const NativeMemory& native) {
  Address last;
  for (const NativePiece& piece : native.pieces) {
    CHECK(piece.range.begin >= last);
    CHECK_FALSE(piece.range.empty());
    last = piece.range.end;
  }
  for (std::size_t i = 0; i < native.images.size(); ++i)
    for (const AddressRange& part : native.images[i].parts) {
      std::uint64_t covered = 0;
      for (const NativePiece& piece : native.pieces)
        if (piece.image == i) covered += piece.range.intersect(part).size();
      CHECK(covered == part.size());
    }
}

std::string shown(const NativePiece& piece) {
  static const char* const names[] = {"text", "rodata", "data", "bss", "loader_data", "rounding"};
  const auto kind = static_cast<std::size_t>(piece.kind);
  return (kind < 6 ? names[kind] : "other") + std::string(piece.exact ? "" : "?") + ":" +
         std::to_string(piece.range.size());
}

std::vector<std::string> shown(const NativeMemory& native) {
  std::vector<std::string> all;
  for (const NativePiece& piece : native.pieces) all.push_back(shown(piece));
  return all;
}

TEST_CASE("an image is cut by its sections, and .bss reaches into the anonymous tail") {
  const NativeMemory native = Loaded().walk();
  check_tiled(native);
  REQUIRE(native.images.size() == 1);
  CHECK(native.images[0].main_program);
  CHECK(native.images[0].file_at_hand);
  CHECK(native.load_bias == 0u);
  CHECK(native.images[0].parts == std::vector<AddressRange>{{Address(kBase), Address(kBase + 0x3000)}});
  CHECK(shown(native) == std::vector<std::string>{"loader_data:232", "rounding:792", "loader_data:36", "rounding:988",
                                                  "text:2032", "rounding:16", "data:16", "rounding:16", "bss:6112",
                                                  "rounding:2048"});
}

TEST_CASE("a moved image has a bias") {
  const NativeMemory native = Loaded(kMoved).walk();
  check_tiled(native);
  CHECK(native.load_bias == kMoved - kBase);
  CHECK(native.pieces[6].range.begin == Address(kMoved + 0x1000));
  CHECK(native.pieces[6].name == ".data");
}

TEST_CASE("without the file, or with another under its name, segments decide") {
  Loaded loaded;
  SECTION("gone") { loaded.target.executable_file = "/no/such"; }
  SECTION("another") { loaded.file.write(test::build_executable(kBase, std::byte{9})); }
  const NativeMemory native = loaded.walk();
  check_tiled(native);
  REQUIRE(native.images.size() == 1);
  CHECK_FALSE(native.images[0].file_at_hand);
  CHECK(shown(native) ==
        std::vector<std::string>{"loader_data:232", "text?:3864", "data?:16", "bss?:6128", "rounding?:2048"});
}

TEST_CASE("memory behind .bss that the kernel joined to it is not the image's") {
  Loaded loaded;
  loaded.target.mappings[2].range.end = Address(kBase + 0x9000);
  loaded.target.mappings[2].file = "[heap]";
  const NativeMemory native = loaded.walk();
  check_tiled(native);
  CHECK(native.pieces.back().range.end == Address(kBase + 0x3000));
}

TEST_CASE("foreign memory in a hole of the image stays outside") {
  Loaded loaded;
  std::size_t parts = 0;
  SECTION("between two parts") {
    loaded.target.mappings[1] = mapping(kBase + 0x1000, 0x1000, "/other");
    parts = 2;
  }
  SECTION("where a section goes on") {
    loaded.target.mappings[2] = mapping(kBase + 0x2000, 0x1000, "/other");
    parts = 1;
  }
  const NativeMemory native = loaded.walk();
  check_tiled(native);
  REQUIRE(native.images.size() == 1);
  CHECK(native.images[0].parts.size() == parts);
  const auto other =
      std::find_if(native.pieces.begin(), native.pieces.end(), [](const NativePiece& p) { return p.name == "/other"; });
  REQUIRE(other != native.pieces.end());
  CHECK(other->kind == NativeKind::file_mapping);
  CHECK(other->range.size() == 0x1000);
}

TEST_CASE("an ELF file that is only read is a file mapping") {
  Loaded loaded;
  loaded.target.mappings[0].permissions = {true, false, false};
  const NativeMemory native = loaded.walk();
  CHECK(native.images.empty());
  CHECK(native.pieces.size() == 2);
  CHECK(native.pieces[0].kind == NativeKind::file_mapping);
}

TEST_CASE("other mappings by their names") {
  Target target;
  target.origin = Origin::live;
  target.memory = std::make_shared<CoreMemory>(std::vector<std::shared_ptr<const void>>{});
  const std::pair<const char*, std::optional<NativeKind>> expected[] = {
      {"", std::nullopt},
      {"[heap]", std::nullopt},
      {"/etc/x", NativeKind::file_mapping},
      {"/memfd:a (deleted)", NativeKind::shared_memory},
      {"/SYSV00000001 (deleted)", NativeKind::shared_memory},
      {"/dev/zero (deleted)", NativeKind::shared_memory},
      {"/dev/shm/a", NativeKind::shared_memory},
      {"anon_inode:[io_uring]", NativeKind::file_mapping},
      {"[vvar]", NativeKind::vvar},
      {"[vvar_vclock]", NativeKind::vvar},
      {"[vdso]", NativeKind::vdso},
      {"[stack]", NativeKind::main_stack},
      {"[vsyscall]", NativeKind::vsyscall},
      {"[uprobes]", NativeKind::uprobe_page},
  };
  std::uint64_t at = 0x1000;
  for (const auto& [name, kind] : expected) {
    target.mappings.push_back(mapping(at, 0x1000, name));
    at += 0x2000;
  }
  Model model;
  Findings findings;
  walk_native(target, model, findings);
  check_tiled(model.native);
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const AddressRange range = target.mappings[i].range;
    const auto piece = std::find_if(model.native.pieces.begin(), model.native.pieces.end(),
                                    [range](const NativePiece& p) { return p.range == range; });
    const bool found = piece != model.native.pieces.end();
    CHECK(found == expected[i].second.has_value());
    if (found) CHECK(piece->kind == *expected[i].second);
  }
}

TEST_CASE("damaged headers in memory and in the file never break the tiling") {
  const Bytes whole = Loaded().bytes;
  for (std::size_t at = 0; at < whole.size(); at += at < 232 || at >= 0x2000 ? 1 : 251)
    for (const int value : {0x00, 0x01, 0x7f, 0xff}) {
      Loaded loaded;
      loaded.bytes[at] = static_cast<std::byte>(value);
      loaded.file.write(loaded.bytes);  // the same damage, so that the file still fits
      check_tiled(loaded.walk());
    }
}

}  // namespace
}  // namespace memmap
