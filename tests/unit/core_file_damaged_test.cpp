// Files that are no core, and cores that are cut off, damaged or of another machine.
#include "process/core/core_memory.h"
#include "support/catch.h"
#include "support/core_recipes.h"

namespace memmap {
namespace {

using namespace test;

TEST_CASE("what is not a core of ours is said in a sentence") {
  CHECK(open_bytes({}).failure == " is empty");
  CHECK(open_bytes(Bytes(64)).failure == " is not an ELF file");
  CHECK(open_bytes(build_executable(kBase)).failure.starts_with(" is an executable, not a core"));
  Bytes minidump;
  append_text(minidump, "MDMP and more");
  CHECK(open_bytes(minidump).failure.starts_with(" is a minidump"));
  CHECK(open_bytes(build_core({})).failure == " is a core without any memory in it");
  Findings findings;
  CHECK(open_core("/", {}, findings).error() == "/ is a directory");
  CoreSource source("/no/such/core");
  CHECK_FALSE(source.open(findings));
  CHECK(source.failure() == "cannot open /no/such/core: No such file or directory");
}

TEST_CASE("a core of another machine keeps its mappings") {
  const Bytes program = build_executable(kBase);
  Bytes bytes = build_core(kernel_core(program, "/x"));
  put(bytes, offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_AARCH64});
  const Opened core = open_bytes(bytes);
  CHECK(core.target.platform.arch == Arch::arm64);
  CHECK(core.target.mappings.size() == 12);
}

TEST_CASE("a core that is cut off keeps what is there and says what is not") {
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  const Bytes whole = build_core(kernel_core(program, executable.path()));
  // All after the first page of the heap: 1 + 1 + 6 + 2 + 1 + 1 pages are gone.
  const std::size_t kept = whole.size() - 4096 * (1 + 1 + 6 + 2 + 1 + 1);
  const Opened core = open_bytes(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)));
  REQUIRE(core.findings.entries().size() == 1);
  CHECK(core.findings.entries()[0].message == "the core is cut off: 49152 bytes of memory in 7 mappings are missing");
  CHECK(core.target.mappings.size() == 12);
  CHECK(core.byte_at(kHeap + 0xfff) == 4);
  CHECK(core.byte_at(kHeap + 0x1000) == -1);
  CHECK(core.byte_at(kHeap + 0x3000) == 0);
}

TEST_CASE("a core cut off or damaged anywhere never breaks the reader") {
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  const Bytes whole = build_core(kernel_core(program, executable.path()));
  const TemporaryFile file(whole);
  const auto use = [&file] {
    Findings findings;
    const auto target = open_core(file.path(), {}, findings);
    if (!target) return;
    Address last;
    for (const Mapping& mapping : target->mappings) {
      REQUIRE(mapping.range.begin >= last);
      REQUIRE_FALSE(mapping.range.empty());
      last = mapping.range.end;
      Bytes bytes(64);
      target->memory->read(mapping.range.begin, bytes);
      target->memory->read(Address(mapping.range.end.value() - 32), bytes);
    }
  };
  const std::size_t headers = 64 + 13 * 56 + notes_for(executable.path()).size();
  for (std::size_t size = 0; size < headers + 4096; size += size < headers ? 7 : 512) {
    file.write(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    use();
  }
  for (std::size_t at = 0; at < headers; at += at < 800 ? 1 : 3)
    for (const int value : {0x00, 0x7f, 0xff}) {
      Bytes damaged = whole;
      damaged[at] = static_cast<std::byte>(value);
      file.write(damaged);
      use();
    }
}

TEST_CASE("pieces of a core that overlap: the lower one stays whole") {
  const Bytes low(0x20, std::byte{1});
  const Bytes high(0x20, std::byte{2});
  CoreMemory memory({});
  memory.add({Address(0x110), Address(0x130)}, high.data());
  memory.add({Address(0x100), Address(0x120)}, low.data());
  memory.add({Address(0x108), Address(0x110)}, high.data());
  memory.finish();
  Bytes out(0x40);
  CHECK(memory.read(Address(0x100), out) == 0x30);
  CHECK(out[0x1f] == std::byte{1});
  CHECK(out[0x20] == std::byte{2});
  CHECK(memory.read(Address(UINT64_MAX - 3), out) == 0);
}

}  // namespace
}  // namespace memmap
