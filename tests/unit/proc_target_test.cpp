#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "process/file_descriptor.h"
#include "process/proc/proc.h"
#include "process/proc/proc_maps.h"
#include "process/proc/proc_memory.h"
#include "process/proc/residency.h"
#include "support/catch.h"
#include "support/elf_builder.h"

namespace memmap {
namespace {

constexpr std::size_t kPage = 4096;

std::uint64_t self() { return static_cast<std::uint64_t>(getpid()); }

Address address_of(const void* p) { return Address(reinterpret_cast<std::uintptr_t>(p)); }

// Fresh pages of our own, given back at the end.
class Pages {
 public:
  explicit Pages(std::size_t count, int protection = PROT_READ | PROT_WRITE, int flags = MAP_PRIVATE | MAP_ANONYMOUS,
                 int fd = -1)
      : size_(count * kPage), at_(static_cast<char*>(mmap(nullptr, size_, protection, flags, fd, 0))) {
    madvise(at_, size_, MADV_NOHUGEPAGE);
  }
  ~Pages() { munmap(at_, size_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  char* page(std::size_t index) const { return at_ + index * kPage; }
  void touch(std::size_t index) const { *static_cast<volatile char*>(page(index)) = 1; }
  char look(std::size_t index) const { return *static_cast<volatile char*>(page(index)); }
  Mapping mapping() const {
    Mapping mapping;
    mapping.range = {address_of(at_), address_of(at_ + size_)};
    return mapping;
  }

 private:
  std::size_t size_;
  char* at_;
};

const ResidencyWay kWays[] = {ResidencyWay::pagemap_scan, ResidencyWay::pagemap_read};

// The runs, or nothing where pagemap cannot be read.
std::optional<std::vector<PageRun>> runs_of(Mapping& mapping, ResidencyWay way) {
  std::vector<PageRun> runs;
  if (!fill_residency(self(), {&mapping, 1}, runs, way)) return std::nullopt;
  return runs;
}
bool resident_of(Mapping& mapping, ResidencyWay way) { return runs_of(mapping, way).has_value(); }

TEST_CASE("resident are pages that were written, not the zero page, not the untouched") {
  const Pages pages(10);
  pages.touch(1);
  pages.touch(2);
  CHECK(pages.look(5) == 0);
  for (const ResidencyWay way : kWays) {
    Mapping mapping = pages.mapping();
    REQUIRE(resident_of(mapping, way));
    CHECK(mapping.resident == 2 * kPage);
    CHECK(mapping.resident_anonymous == 2 * kPage);
  }
}

TEST_CASE("more regions than the kernel gathers at once are counted once") {
  constexpr std::size_t kCount = 12000;  // of every second page; 512 and 4096 are the buffers
  const Pages pages(kCount * 2);
  for (std::size_t i = 0; i < kCount; ++i) pages.touch(i * 2);
  for (const ResidencyWay way : kWays) {
    Mapping mapping = pages.mapping();
    REQUIRE(resident_of(mapping, way));
    CHECK(mapping.resident == kCount * kPage);
  }
}

TEST_CASE("a private mapping of a file holds pages of both sorts, a shared one of one") {
  const test::TemporaryFile file(test::Bytes(4 * kPage, std::byte{1}));
  const FileDescriptor fd(open(file.path().c_str(), O_RDWR));
  const Pages own(4, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd.get());
  const Pages shared(4, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get());
  own.touch(3);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(own.look(i) == 1);
    shared.touch(i);
  }
  for (const ResidencyWay way : kWays) {
    Mapping mappings[] = {own.mapping(), shared.mapping()};
    mappings[0].file = mappings[1].file = file.path();
    mappings[1].shared = true;
    for (Mapping& mapping : mappings) REQUIRE(resident_of(mapping, way));
    CHECK(mappings[0].resident == 4 * kPage);
    CHECK(mappings[0].resident_anonymous >= kPage);
    CHECK(mappings[0].resident_anonymous < 4 * kPage);
    CHECK(mappings[1].resident == 4 * kPage);
    CHECK(mappings[1].resident_anonymous == 0u);
  }
}

std::vector<PageRun> runs_without_huge(Mapping& mapping, ResidencyWay way) {
  std::vector<PageRun> runs = runs_of(mapping, way).value();
  for (PageRun& run : runs) run.flags = static_cast<std::uint8_t>(run.flags & ~std::uint8_t(PageFlag::huge));
  return runs;
}

TEST_CASE("pages that are alike are one run, and nothing is said of those that are not there") {
  const Pages pages(12);
  for (const std::size_t i : {1u, 2u, 3u, 7u}) pages.touch(i);
  CHECK(pages.look(4) == 0);
  for (const ResidencyWay way : kWays) {
    Mapping mapping = pages.mapping();
    const std::vector<PageRun> runs = runs_without_huge(mapping, way);
    REQUIRE(mapping.pages_known);
    REQUIRE(runs.size() == 3);
    CHECK(runs[0].range == AddressRange{address_of(pages.page(1)), address_of(pages.page(4))});
    CHECK(runs[0].resident());
    CHECK(runs[1].range == AddressRange{address_of(pages.page(4)), address_of(pages.page(5))});
    CHECK(runs[1].flags == (std::uint8_t{} | PageFlag::present | PageFlag::zero));
    CHECK(runs[2].range == AddressRange{address_of(pages.page(7)), address_of(pages.page(8))});
    CHECK(runs[2].flags == (std::uint8_t{} | PageFlag::present));
  }
}

TEST_CASE("shared memory says so of its pages") {
  const Pages pages(2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
  pages.touch(1);
  for (const ResidencyWay way : kWays) {
    Mapping mapping = pages.mapping();
    mapping.shared = true;
    const std::vector<PageRun> runs = runs_without_huge(mapping, way);
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].flags == (std::uint8_t{} | PageFlag::present | PageFlag::file | PageFlag::shared));
    CHECK(mapping.resident_anonymous == 0u);
  }
}

TEST_CASE("neighbouring mappings share a region of pages and not its bytes") {
  const Pages pages(4);
  for (std::size_t i = 0; i < 4; ++i) pages.touch(i);
  Mapping halves[] = {pages.mapping(), pages.mapping()};
  halves[0].range.end = halves[1].range.begin = address_of(pages.page(1));
  std::vector<PageRun> pages_of_halves;
  REQUIRE(fill_residency(self(), halves, pages_of_halves));
  CHECK(halves[0].resident == kPage);
  CHECK(halves[1].resident == 3 * kPage);
  REQUIRE(pages_of_halves.size() == 2);
  CHECK(pages_of_halves[1].range == halves[1].range);
}

TEST_CASE("no pagemap, no residency") {
  Mapping mapping;
  std::vector<PageRun> none;
  CHECK_FALSE(fill_residency(999999999, {&mapping, 1}, none));
  CHECK_FALSE(mapping.resident);
}

TEST_CASE("reads of a process end at the first page that cannot be read") {
  const Pages pages(4);
  pages.touch(0);
  pages.touch(1);
  munmap(pages.page(2), kPage);
  for (const auto way : {ProcMemory::Way::vm_readv, ProcMemory::Way::mem_file}) {
    const ProcMemory memory(self(), way);
    test::Bytes out(3 * kPage);
    CHECK(memory.read(address_of(pages.page(0)), out) == 2 * kPage);
    CHECK(out[kPage] == std::byte{1});
    CHECK(memory.read(address_of(pages.page(1) + 100), out) == kPage - 100);
    CHECK(memory.read(address_of(pages.page(2)), out) == 0);
    CHECK(memory.read(Address(0), out) == 0);
    CHECK(memory.read(Address(UINT64_MAX - 10), out) == 0);
    CHECK(memory.read(address_of(pages.page(0)), {}) == 0);
  }
}

// Expected answers of a batch in which every `hole`-th request lies in unmapped memory.
void check_batch(ProcMemory::Way way, std::size_t count, std::size_t hole) {
  static std::uint32_t values[5000];
  // Not PROT_NONE: a debugger's way in, /proc/PID/mem, reads that too.
  const Pages gone(1);
  munmap(gone.page(0), kPage);
  std::vector<std::uint32_t> out(count);
  std::vector<ReadRequest> requests;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<std::uint32_t>(i * 7 + 1);
    const void* const from = i % hole == hole - 1 ? static_cast<void*>(gone.page(0)) : &values[i];
    requests.push_back({address_of(from), std::as_writable_bytes(std::span(&out[i], 1)), i % 2 == 0});
  }
  ProcMemory(self(), way).read_many(requests);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool readable = i % hole != hole - 1;
    if (requests[i].whole != readable || (readable && out[i] != values[i])) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a hole in a batch of reads costs no other answer") {
  for (const auto way : {ProcMemory::Way::vm_readv, ProcMemory::Way::mem_file})
    for (const std::size_t count : {1u, 2u, 1023u, 1024u, 1025u, 5000u})
      for (const std::size_t hole : {1u, 2u, 3u, 1000u, 1024u, 9999u}) check_batch(way, count, hole);
}

TEST_CASE("a read that runs into a hole is not whole") {
  const Pages pages(2);
  pages.touch(0);
  munmap(pages.page(1), kPage);
  test::Bytes out(3 * 16);
  ReadRequest requests[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const char* const from = i == 1 ? pages.page(1) - 8 : pages.page(0);
    requests[i] = {address_of(from), std::span(out).subspan(i * 16, 16)};
  }
  ProcMemory(self()).read_many(requests);
  CHECK(requests[0].whole);
  CHECK_FALSE(requests[1].whole);
  CHECK(requests[2].whole);
}

// A child that does nothing; its page counts stand still.
class IdleChild {
 public:
  IdleChild() : pid_(fork()) {
    while (pid_ == 0) pause();
  }
  ~IdleChild() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  IdleChild(const IdleChild&) = delete;
  IdleChild& operator=(const IdleChild&) = delete;
  std::uint64_t pid() const { return static_cast<std::uint64_t>(pid_); }

 private:
  pid_t pid_;
};

// Separate mappings in the lists of the kernel too: each has a guard at its end.
Mapping touched(const Pages& pages, std::initializer_list<std::size_t> written,
                std::initializer_list<std::size_t> read) {
  mprotect(pages.page(7), kPage, PROT_NONE);
  for (const std::size_t i : written) pages.touch(i);
  for (const std::size_t i : read) static_cast<void>(pages.look(i));
  Mapping mapping = pages.mapping();
  mapping.range.end = address_of(pages.page(7));
  return mapping;
}

TEST_CASE("after a fork old kernels do not tell the page of zeros, and smaps decides as far as it can") {
  const Pages first(8), second(8), third(8);
  Mapping mappings[] = {touched(first, {0, 1}, {}), touched(second, {}, {2}), touched(third, {0}, {3})};
  std::ranges::sort(mappings, {}, [](const Mapping& m) { return m.range.begin; });
  const auto of = [&](const Pages& pages) -> const Mapping& {
    return *std::ranges::find(mappings, address_of(pages.page(0)), [](const Mapping& m) { return m.range.begin; });
  };
  const IdleChild child;  // has all these pages too
  std::vector<PageRun> runs;
  REQUIRE(fill_residency(self(), mappings, runs, ResidencyWay::pagemap_read));
  CHECK(of(first).pages_known);
  CHECK(of(first).resident == 2 * kPage);
  CHECK(of(second).pages_known);
  CHECK(of(second).resident == 0u);
  CHECK_FALSE(of(third).pages_known);
  CHECK(of(third).resident == kPage);
  CHECK(of(third).resident_anonymous == kPage);
  for (const PageRun& run : runs) CHECK_FALSE(run.range.overlaps(of(third).range));
  std::vector<PageRun> scanned;
  REQUIRE(fill_residency(self(), mappings, scanned, ResidencyWay::pagemap_scan));
  CHECK(of(third).pages_known);
  CHECK(of(third).resident == kPage);
}

TEST_CASE("a process as /proc shows it") {
  const Pages reserve(1000, PROT_NONE);
  const IdleChild child;
  while (read_status("/proc/" + std::to_string(child.pid()))->state != 'S') usleep(100);
  Findings findings;
  ProcOptions options;
  options.resident_total = true;
  const Result<Target> target = open_proc(child.pid(), options, findings);
  REQUIRE(target);
  CHECK(findings.entries().empty());
  CHECK(target->origin == Origin::live);
  CHECK(target->platform.arch == Arch::amd64);
  CHECK(target->executable.ends_with("unit_tests"));
  CHECK(target->executable_file == "/proc/" + std::to_string(child.pid()) + "/exe");
  CHECK(target->aux(AT_PHDR));
  REQUIRE(target->mapping_at(address_of(reserve.page(0))) != nullptr);
  CHECK(target->mapping_at(address_of(reserve.page(0)))->permissions.none());
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  for (const Mapping& mapping : target->mappings) {
    size += mapping.range.size();
    resident += mapping.resident.value_or(1);
    CHECK(mapping.resident_anonymous.value_or(1) <= mapping.resident.value_or(0));
    CHECK(mapping.pages_known);
  }
  std::uint64_t in_runs = 0;
  for (const PageRun& run : target->pages) in_runs += run.resident() ? run.range.size() : 0;
  CHECK(in_runs == resident);
  CHECK(std::ranges::is_sorted(target->pages, {}, [](const PageRun& run) { return run.range.begin; }));
  CHECK(target->totals.virtual_size == size);
  CHECK(target->totals.resident == resident);
  REQUIRE(target->threads.size() == 1);
  CHECK(target->threads[0].tid == child.pid());
  const Mapping* const stack = target->mapping_at(target->threads[0].stack_pointer);
  REQUIRE(stack != nullptr);
  CHECK(stack->file == "[stack]");
  CHECK(target->mapping_at(target->threads[0].program_counter)->permissions.execute);
}

TEST_CASE("no such process") {
  Findings findings;
  CHECK_FALSE(open_proc(999999999, {}, findings));
  CHECK_FALSE(read_status("/proc/999999999"));
  CHECK(task_list(999999999).empty());
}

}  // namespace
}  // namespace memmap
