#include "support/catch.h"
#include "support/core_recipes.h"

namespace memmap {
namespace {

using namespace test;

TEST_CASE("a kernel core: every mapping, its names, threads and totals") {
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  const Opened core = open_bytes(build_core(kernel_core(program, executable.path())));
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
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  const Opened core = open_bytes(build_core(kernel_core(program, executable.path())));
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
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  CoreRecipe recipe = kernel_core(program, executable.path());
  for (CoreLoad& load : recipe.loads)
    if (load.flags & PF_W) load.data.clear();
  const Opened core = open_bytes(build_core(recipe));
  CHECK(core.byte_at(kHeap) == -1);
  CHECK(core.byte_at(kBase + 0x1000) == -1);
}

TEST_CASE("the executable must be the one that dumped") {
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
  const Bytes core = build_core(kernel_core(program, "/no/such/program"));
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
    for (const Bytes& other : {build_executable(kBase, std::byte{9}), build_executable(kBase + 0x10000), Bytes(100)}) {
      const TemporaryFile wrong(other);
      const Opened opened = open_bytes(core, wrong.path());
      CHECK(opened.found("wrong_executable"));
      CHECK(opened.target.executable_file.empty());
      CHECK(opened.byte_at(kBase + 0x1000) == -1);
      CHECK(opened.target.mappings.size() == 12);
    }
  }
  SECTION("replaced since") {
    const TemporaryFile replaced(build_executable(kBase, std::byte{9}));
    const Opened opened = open_bytes(build_core(kernel_core(program, replaced.path())));
    CHECK(opened.found("no_executable"));
    CHECK(opened.target.executable_file.empty());
  }
  SECTION("deleted and there again") {
    const Opened opened = open_bytes(build_core(kernel_core(program, executable.path() + " (deleted)")));
    CHECK(opened.target.executable_file == executable.path());
  }
  SECTION("the core has not its first page: the auxiliary vector decides") {
    CoreRecipe recipe = kernel_core(program, "/no/such/program");
    recipe.loads[0].data.clear();
    CHECK(open_bytes(build_core(recipe), executable.path()).byte_at(kBase + 0x800) == 0x90);
    const TemporaryFile other(build_executable(kBase + 0x10000));
    CHECK(open_bytes(build_core(recipe), other.path()).found("wrong_executable"));
  }
}

TEST_CASE("a core of gdb: no alignment, reservations as zeros, clean pages left out") {
  const Bytes program = build_executable(kBase);
  const TemporaryFile executable(program);
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
  const Opened core = open_bytes(build_core(recipe));
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

}  // namespace
}  // namespace memmap
