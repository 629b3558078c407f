#include "target/core_file.h"
#include "support/catch.h"
#include "support/elf_builder.h"
#include "target/core_memory.h"

namespace memmap {
namespace {

using test::Bytes;
using test::CoreLoad;
using test::CoreRecipe;

constexpr std::uint64_t kBase = 0x400000;
constexpr std::uint64_t kHeap = 0xc000000000;
constexpr std::uint64_t kVdso = 0x7f0000010000;
constexpr std::uint64_t kStack = 0x7fff00000000;

Bytes page_of(int value, std::size_t pages = 1) {
  return Bytes(4096 * pages, static_cast<std::byte>(value));
}

Bytes slice(const Bytes& bytes, std::size_t from, std::size_t size) {
  Bytes out(bytes.begin() + static_cast<std::ptrdiff_t>(from),
            bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, bytes.size())));
  out.resize(size);
  return out;
}

Bytes notes_for(const std::string& executable, bool gdb = false) {
  Bytes notes;
  test::append_note(notes, "CORE", NT_PRSTATUS, test::prstatus(101, 0x11, 0x22, 0x33));
  Bytes process(136);
  test::put(process, 24, std::uint32_t{100});
  test::append_note(notes, "CORE", NT_PRPSINFO, process);
  Bytes auxv;
  for (const std::uint64_t word :
       {std::uint64_t{AT_PHDR}, kBase + 64, std::uint64_t{AT_PHNUM}, std::uint64_t{3},
        std::uint64_t{AT_ENTRY}, kBase + 0x800, std::uint64_t{AT_SYSINFO_EHDR}, kVdso,
        std::uint64_t{AT_EXECFN}, kStack + 0x20, std::uint64_t{AT_NULL}, std::uint64_t{0}})
    test::append(auxv, word);
  test::append_note(notes, "CORE", NT_AUXV, auxv);
  test::append_note(notes, "CORE", NT_FILE,
                    test::nt_file({{kBase, kBase + 0x1000, 0, executable},
                                   {kBase + 0x1000, kBase + 0x2000, 1, executable}}));
  test::append_note(notes, "CORE", NT_PRSTATUS, test::prstatus(100, 0x44, 0x55, 0x66));
  if (gdb) test::append_note(notes, "GDB", 0xff000000, Bytes(5));
  return notes;
}

// As the kernel writes it: one page of text, the data, a reservation, a heap page, a page never
// written, the kernel's pieces.
CoreRecipe kernel_core(const Bytes& program, const std::string& path) {
  CoreRecipe recipe;
  recipe.notes = notes_for(path);
  recipe.loads = {
      {kBase, 0x1000, PF_R | PF_X, slice(program, 0, 0x1000)},
      {kBase + 0x1000, 0x1000, PF_R | PF_W, {}},
      {kBase + 0x2000, 0x1000, PF_R | PF_W, page_of(3)},
      {kHeap, 0x2000, PF_R | PF_W, page_of(4, 2)},
      {kHeap + 0x2000, 0x1000, PF_R | PF_W, page_of(5)},
      {kHeap + 0x3000, 0x1000, PF_R | PF_W, {}},
      {kHeap + 0x4000, 0x40000000, 0, {}},
      {kVdso - 0x6000, 0x4000, PF_R, page_of(0, 4)},
      {kVdso - 0x2000, 0x2000, PF_R, page_of(0, 2)},
      {kVdso, 0x2000, PF_R | PF_X, page_of(6, 2)},
      {kStack, 0x1000, PF_R | PF_W, page_of(7)},
      {0xffffffffff600000, 0x1000, PF_X, page_of(8)},
  };
  return recipe;
}

struct Opened {
  Target target;
  Findings findings;
  std::string failure;

  bool found(std::string_view code) const {
    for (const Findings::Entry& entry : findings.entries())
      if (entry.code == code) return true;
    return false;
  }
  int byte_at(std::uint64_t address) const {
    std::byte value{};
    return target.memory->read(Address(address), {&value, 1}) == 1 ? static_cast<int>(value) : -1;
  }
};

Opened open_bytes(const Bytes& core, const std::string& executable = {}) {
  const test::TemporaryFile file(core);
  Opened opened;
  auto target = open_core(file.path(), executable, opened.findings);
  if (target)
    opened.target = std::move(*target);
  else
    opened.failure = target.error().substr(file.path().size());
  return opened;
}

TEST_CASE("a kernel core: every mapping, its names, threads and totals") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  const Opened core = open_bytes(test::build_core(kernel_core(program, executable.path())));
  REQUIRE(core.failure.empty());
  CHECK(core.findings.entries().empty());
  const Target& target = core.target;
  CHECK(target.origin == Origin::kernel_core);
  CHECK(target.pid == 100u);
  CHECK(target.executable == executable.path());
  CHECK(target.executable_file == executable.path());
  CHECK(target.totals.virtual_size == 0x40000000u + 17 * 0x1000u);
  CHECK_FALSE(target.totals.resident);
  REQUIRE(target.threads.size() == 2);
  CHECK(target.threads[0].tid == 101);
  CHECK(target.threads[0].stack_pointer == Address(0x11));
  CHECK(target.threads[0].program_counter == Address(0x22));
  CHECK(target.threads[0].thread_pointer == Address(0x33));
  REQUIRE(target.mappings.size() == 12);
  CHECK(target.mappings[1].file == executable.path());
  CHECK(target.mappings[1].file_offset == 0x1000);
  CHECK(target.mappings[2].file.empty());
  CHECK(target.mappings[5].permissions.write);  // no bytes, and still read and write
  CHECK(target.mappings[6].permissions.none());
  CHECK(target.mappings[7].file == "[vvar]");
  CHECK(target.mappings[8].file == "[vvar_vclock]");
  CHECK(target.mappings[9].file == "[vdso]");
  CHECK(target.mappings[10].file == "[stack]");
  CHECK(target.mappings[11].file == "[vsyscall]");
}

TEST_CASE("a kernel core's bytes, and those that it left out") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  const Opened core = open_bytes(test::build_core(kernel_core(program, executable.path())));
  CHECK(core.byte_at(kHeap + 0x1fff) == 4);
  CHECK(core.byte_at(kHeap + 0x2000) == 5);
  CHECK(core.byte_at(kHeap + 0x3000) == 0);     // no page was ever made
  CHECK(core.byte_at(kHeap + 0x4000) == -1);    // no access
  CHECK(core.byte_at(kBase + 0x1000) == 0xda);  // from the executable
  CHECK(core.byte_at(0xffffffffff600fff) == 8);
  CHECK(core.byte_at(0x1000) == -1);
  // Neighbours in memory and in the file are one view.
  const auto view = core.target.memory->view({Address(kHeap + 0x1ff0), Address(kHeap + 0x2010)});
  REQUIRE(view.size() == 0x20);
  CHECK(view[0] == std::byte{4});
  CHECK(view[0x1f] == std::byte{5});
  CHECK(core.target.memory->view({Address(kHeap + 0x2ff0), Address(kHeap + 0x3010)}).empty());
  Bytes across(0x2000);
  CHECK(core.target.memory->read(Address(kHeap + 0x2800), across) == 0x1800);
}

TEST_CASE("where anonymous memory was not dumped at all, nothing reads as zeros") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  CoreRecipe recipe = kernel_core(program, executable.path());
  for (CoreLoad& load : recipe.loads)
    if (load.flags & PF_W) load.data.clear();
  const Opened core = open_bytes(test::build_core(recipe));
  CHECK(core.byte_at(kHeap) == -1);
  CHECK(core.byte_at(kBase + 0x1000) == -1);
}

TEST_CASE("the executable must be the one that dumped") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  const Bytes core = test::build_core(kernel_core(program, "/no/such/program"));
  SECTION("not at hand") {
    const Opened opened = open_bytes(core);
    CHECK(opened.found("no_executable"));
    CHECK(opened.target.executable == "/no/such/program");
    CHECK(opened.target.executable_file.empty());
    CHECK(opened.byte_at(kBase + 0x1000) == -1);
  }
  SECTION("given") {
    const Opened opened = open_bytes(core, executable.path());
    CHECK(opened.findings.entries().empty());
    CHECK(opened.target.executable_file == executable.path());
    CHECK(opened.byte_at(kBase + 0x1000) == 0xda);
  }
  SECTION("given, and another") {
    for (const Bytes& other : {test::build_executable(kBase, std::byte{9}),
                               test::build_executable(kBase + 0x10000), Bytes(100)}) {
      const test::TemporaryFile wrong(other);
      const Opened opened = open_bytes(core, wrong.path());
      CHECK(opened.found("wrong_executable"));
      CHECK(opened.target.executable_file.empty());
      CHECK(opened.byte_at(kBase + 0x1000) == -1);
      CHECK(opened.target.mappings.size() == 12);
    }
  }
  SECTION("replaced since") {
    const test::TemporaryFile replaced(test::build_executable(kBase, std::byte{9}));
    const Opened opened = open_bytes(test::build_core(kernel_core(program, replaced.path())));
    CHECK(opened.found("no_executable"));
    CHECK(opened.target.executable_file.empty());
  }
  SECTION("deleted and there again") {
    const Opened opened =
        open_bytes(test::build_core(kernel_core(program, executable.path() + " (deleted)")));
    CHECK(opened.target.executable_file == executable.path());
  }
  SECTION("the core has not its first page: the auxiliary vector decides") {
    CoreRecipe recipe = kernel_core(program, "/no/such/program");
    recipe.loads[0].data.clear();
    CHECK(open_bytes(test::build_core(recipe), executable.path()).byte_at(kBase + 0x800) == 0x90);
    const test::TemporaryFile other(test::build_executable(kBase + 0x10000));
    CHECK(open_bytes(test::build_core(recipe), other.path()).found("wrong_executable"));
  }
}

TEST_CASE("a core of gdb: no alignment, reservations as zeros, clean pages left out") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  CoreRecipe recipe;
  recipe.alignment = 1;
  recipe.notes = notes_for(executable.path(), true);
  recipe.notes.resize(recipe.notes.size() + 3);  // what follows lies at an odd offset
  Bytes not_zero = page_of(0, 40);
  not_zero.back() = std::byte{1};
  recipe.loads = {
      {kBase, 0x1000, PF_R | PF_X, slice(program, 0, 0x1000)},
      {kHeap, 0x28000, PF_R, page_of(0, 40)},
      {kHeap + 0x28000, 0x28000, PF_R, not_zero},
      {kStack, 0x1000, PF_R | PF_W, page_of(7)},
  };
  const Opened core = open_bytes(test::build_core(recipe));
  REQUIRE(core.failure.empty());
  CHECK(core.target.origin == Origin::gdb_core);
  CHECK(core.found("gdb_reservations"));
  CHECK_FALSE(core.findings.partial());
  REQUIRE(core.target.mappings.size() == 5);
  CHECK(core.target.mappings[1].range.begin == Address(kBase + 0x1000));  // NT_FILE knows it
  CHECK(core.byte_at(kBase + 0x1000) == 0xda);
  CHECK(core.target.mappings[2].permissions.none());
  CHECK(core.target.mappings[3].permissions.read);
  CHECK(core.target.mappings[4].file == "[stack]");
  CHECK(core.target.totals.virtual_size == 0x53000u);
}

TEST_CASE("what is not a core of ours is said in a sentence") {
  CHECK(open_bytes({}).failure == " is empty");
  CHECK(open_bytes(Bytes(64)).failure == " is not an ELF file");
  CHECK(open_bytes(test::build_executable(kBase))
            .failure.starts_with(" is an executable, not a core"));
  Bytes minidump;
  test::append_text(minidump, "MDMP and more");
  CHECK(open_bytes(minidump).failure.starts_with(" is a minidump"));
  CHECK(open_bytes(test::build_core({})).failure == " is a core without any memory in it");
  Findings findings;
  CHECK(open_core("/", {}, findings).error() == "/ is a directory");
  CoreSource source("/no/such/core");
  CHECK_FALSE(source.open(findings));
  CHECK(source.failure() == "cannot open /no/such/core: No such file or directory");
}

TEST_CASE("a core of another machine keeps its mappings") {
  const Bytes program = test::build_executable(kBase);
  Bytes bytes = test::build_core(kernel_core(program, "/x"));
  test::put(bytes, offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_AARCH64});
  const Opened core = open_bytes(bytes);
  CHECK(core.target.platform.arch == Arch::arm64);
  CHECK(core.target.mappings.size() == 12);
}

TEST_CASE("a core that is cut off keeps what is there and says what is not") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  const Bytes whole = test::build_core(kernel_core(program, executable.path()));
  // All after the first page of the heap: 1 + 1 + 6 + 2 + 1 + 1 pages are gone.
  const std::size_t kept = whole.size() - 4096 * (1 + 1 + 6 + 2 + 1 + 1);
  const Opened core =
      open_bytes(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept)));
  REQUIRE(core.findings.entries().size() == 1);
  CHECK(core.findings.entries()[0].message ==
        "the core is cut off: 49152 bytes of memory in 7 mappings are missing");
  CHECK(core.target.mappings.size() == 12);
  CHECK(core.byte_at(kHeap + 0xfff) == 4);
  CHECK(core.byte_at(kHeap + 0x1000) == -1);
  CHECK(core.byte_at(kHeap + 0x3000) == 0);
}

TEST_CASE("a core cut off or damaged anywhere never breaks the reader") {
  const Bytes program = test::build_executable(kBase);
  const test::TemporaryFile executable(program);
  const Bytes whole = test::build_core(kernel_core(program, executable.path()));
  const test::TemporaryFile file(whole);
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
