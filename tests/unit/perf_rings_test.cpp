// Uprobes in this very program: each call is counted, and what the rings had no room for is said.
#include <unistd.h>

#include <cstdlib>

#include "dwarf/code_symbols.h"
#include "live/uprobe/perf_rings.h"
#include "live/uprobe/probe_places.h"
#include "support/catch.h"

using namespace memmap;

extern "C" [[gnu::noinline]] int memmap_test_probed(int number);
extern "C" int memmap_test_probed(int number) {
  asm volatile("" : "+r"(number));  // a call that the compiler cannot leave out
  return number;
}

namespace {

void call(int times) {
  for (int i = 0; i < times; ++i) memmap_test_probed(i);
}

std::uint64_t offset_of_probed() {
  const auto symbols = CodeSymbols::open("/proc/self/exe");
  REQUIRE(symbols);
  const FunctionRange* const function = (*symbols)->function_named("memmap_test_probed");
  REQUIRE(function != nullptr);
  const std::optional<std::uint64_t> offset = file_offset((*symbols)->file(), function->begin);
  REQUIRE(offset);
  return *offset;
}

// What the machine lacks for a test: a failure where no skip is allowed.
void lack(const std::string& what) {
  const char* const no_skips = std::getenv("MEMMAP_NO_SKIPS");
  if (no_skips != nullptr && *no_skips != '\0') FAIL(what);
  WARN("skipped: " + what);
}

// False where this process may not have uprobes. Their hits are written by a program in the kernel,
// or by the kernel itself.
bool open(PerfRings& rings, bool by_program) {
  const UprobePlace place{offset_of_probed(), {.callers = true, .stack = true}};
  std::string why = rings.open("/proc/self/exe", {&place, 1}, {.path = GoroutinePath(), .by_kernel = !by_program});
  if (why.empty()) why = rings.why_no_goroutines();
  if (!why.empty()) lack(why);
  return why.empty();
}

std::size_t ours(PerfRings& rings) {
  std::size_t count = 0;
  std::uint64_t last = 0;
  while (const auto hit = rings.next()) {
    CHECK(hit->nanoseconds >= last);
    last = hit->nanoseconds;
    if (hit->pid == static_cast<std::uint32_t>(getpid()) && !hit->exec) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("each call of a probed function is a hit, with its arguments", "[perf]") {
  PerfRings rings;
  if (!open(rings, GENERATE(false, true))) return;
  call(3);
  rings.collect();
  for (std::uint64_t i = 0; i < 3;) {
    const auto hit = rings.next();
    REQUIRE(hit);
    if (hit->pid != static_cast<std::uint32_t>(getpid())) continue;
    CHECK(hit->tid == static_cast<std::uint32_t>(gettid()));
    CHECK(hit->registers.di == i++);
    CHECK(hit->stack.size() == ProbeHit::kStackBytes);
    CHECK(hit->callers.size() >= 8);
  }
  call(1000);
  rings.stop();
  CHECK(ours(rings) == 1000);
  CHECK(rings.lost() == 0);
  call(10);
  rings.collect();
  CHECK(ours(rings) == 0);
}

TEST_CASE("what the rings have no room for is counted as lost", "[perf]") {
  constexpr int kCalls = 150'000;
  PerfRings rings;
  if (!open(rings, GENERATE(false, true))) return;
  call(kCalls);
  rings.stop();
  const std::size_t seen = ours(rings);
  CHECK(seen < kCalls);
  CHECK(rings.lost() >= kCalls - seen);
  const std::uint64_t lost = rings.lost();
  rings.close();
  CHECK(rings.lost() == lost);
}

TEST_CASE("a file that cannot be probed is a sentence", "[perf]") {
  PerfRings rings;
  const UprobePlace place{0, {.callers = true}};
  CHECK_FALSE(rings.open("/nonexistent", {&place, 1}, {}).empty());
  CHECK(rings.lost() == 0);
}
