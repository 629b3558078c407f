// What hits of uprobes cost a program, microseconds: at a `push %rbp`, which the kernel emulates,
// and at a `ret` besides; and what the program in the kernel adds, which knows the goroutine.
//   probed_calls COUNT
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "dwarf/code_symbols.h"
#include "live/uprobe/perf_rings.h"
#include "live/uprobe/probe_places.h"

// A function with a frame, called so often under a dozen more, as a stack of Go's is: it ends with
// 0.
extern "C" void memmap_call_framed(std::uint64_t count);
asm(R"(
  .text
  .type memmap_call_framed, @function
memmap_call_framed:
  push %rbp
  push %rbx
  push %r12
  mov %rdi, %rbx
  mov %rsp, %r12
  xor %ebp, %ebp
  lea 1f(%rip), %rax
  .rept 12
  push %rax
  push %rbp
  mov %rsp, %rbp
  .endr
1:
  call memmap_framed
  dec %rbx
  jnz 1b
  mov %r12, %rsp
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .size memmap_call_framed, . - memmap_call_framed
  .type memmap_framed, @function
memmap_framed:
  push %rbp
  mov %rsp, %rbp
  pop %rbp
  ret
  .size memmap_framed, . - memmap_framed
)");

// Where a Go program has g: the word below FS base. This one leads to itself.
extern "C" {
thread_local std::uintptr_t memmap_g = 0;
}

namespace memmap {
namespace {

bool lead_to_goroutine() {
  std::uintptr_t fs_base = 0;
  asm("mov %%fs:0, %0" : "=r"(fs_base));
  memmap_g = reinterpret_cast<std::uintptr_t>(&memmap_g);
  return memmap_g == fs_base - 8;
}

constexpr std::uint64_t kRet = 5;  // behind push, mov, pop

double call(std::uint64_t count) {
  const auto begin = std::chrono::steady_clock::now();
  memmap_call_framed(count);
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  return took.count() / static_cast<double>(count);
}

bool measure(std::uint64_t entry, bool returns, bool by_program, std::uint64_t count) {
  std::vector<UprobePlace> places{{entry, {.callers = true}}};
  if (returns) places.push_back({entry + kRet, {}});
  PerfRings rings;
  std::string why = rings.open("/proc/self/exe", places, {.path = GoroutinePath(), .by_kernel = !by_program});
  if (why.empty()) why = rings.why_no_goroutines();
  if (!why.empty()) {
    std::fprintf(stderr, "probed_calls: %s\n", why.c_str());
    return false;
  }
  const double took = call(count);
  rings.stop();
  while (rings.next()) {
  }
  if (rings.lost() != 0) {
    std::fputs("probed_calls: a ring had no room for so many\n", stderr);
    return false;
  }
  std::printf("  %-24s %-12s %5.2f\n", returns ? "push %rbp and ret" : "push %rbp",
              by_program ? "by a program" : "by the kernel", took);
  return true;
}

int run(std::uint64_t count) {
  const auto symbols = CodeSymbols::open("/proc/self/exe");
  const FunctionRange* const function = symbols ? (*symbols)->function_named("memmap_framed") : nullptr;
  const auto entry = function == nullptr ? std::nullopt : file_offset((*symbols)->file(), function->begin);
  if (!entry || !lead_to_goroutine()) {
    std::fputs("probed_calls: its own code or g is not where it should be\n", stderr);
    return 1;
  }
  for (const bool returns : {false, true})
    for (const bool by_program : {false, true})
      if (!measure(*entry, returns, by_program, count)) return 1;
  return 0;
}

}  // namespace
}  // namespace memmap

int main(int argc, char** argv) {
  std::uint64_t count = 0;
  if (argc != 2 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), count).ec != std::errc() || count < 1) {
    std::fputs("usage: probed_calls COUNT\n", stderr);
    return 64;
  }
  return memmap::run(count);
}
