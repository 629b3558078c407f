#include <sys/ptrace.h>

#include "live/hold/live_source.h"
#include "support/catch.h"
#include "support/child_process.h"

namespace memmap {
namespace {

using namespace test;

TEST_CASE("a process with threads stands still while it is open and goes on after") {
  const Child child(tick_in_threads);
  REQUIRE(eventually([&] { return task_list(child.pid()).size() == 11 && shared().ticks > 100; }));
  Findings findings;
  LiveSource source(child.pid());
  CHECK(source.executable_file() == "/proc/" + std::to_string(child.id()) + "/exe");
  const Result<Target> target = source.open(findings);
  REQUIRE(target);
  CHECK(stands_still());
  REQUIRE(target->threads.size() == 11);
  CHECK(target->threads[0].tid == child.pid());
  for (const Thread& thread : target->threads) {
    CHECK(target->mapping_at(thread.stack_pointer) != nullptr);
    CHECK_FALSE(thread.thread_pointer.is_null());
  }
  std::uint64_t ticks = 0;
  const Address at(reinterpret_cast<std::uintptr_t>(&shared().ticks));
  CHECK(target->memory->read(at, std::as_writable_bytes(std::span(&ticks, 1))) == 8);
  CHECK(ticks == shared().ticks);
  source.close();
  source.close();
  CHECK(goes_on());
  CHECK(source.open(findings));
  CHECK(stands_still());
}

TEST_CASE("opened by one thread, closed by another, and by nobody") {
  const Child child(tick);
  REQUIRE(eventually([] { return shared().ticks > 10; }));
  Findings findings;
  {
    LiveSource source(child.pid());
    bool opened = false;
    std::thread([&] { opened = source.open(findings).has_value(); }).join();
    CHECK(opened);
    CHECK(stands_still());
    std::thread([&] { source.close(); }).join();
    CHECK(goes_on());
    CHECK(source.open(findings));
  }
  CHECK(goes_on());
}

TEST_CASE("a process that was stopped before stays stopped") {
  const Child child(tick);
  REQUIRE(eventually([] { return shared().ticks > 10; }));
  kill(child.id(), SIGSTOP);
  REQUIRE(eventually([&] { return child.state() == 'T'; }));
  Findings findings;
  LiveSource source(child.pid());
  REQUIRE(source.open(findings));
  source.close();
  CHECK(eventually([&] { return child.state() == 'T'; }));
  CHECK(stands_still());
  kill(child.id(), SIGCONT);
  CHECK(goes_on());
}

std::string failure_of(std::uint64_t pid) {
  Findings findings;
  LiveSource source(pid);
  return source.open(findings) ? "" : source.failure();
}

TEST_CASE("what cannot be stopped is said in a sentence") {
  CHECK(failure_of(999999999) == "no process 999999999");
  CHECK(failure_of(static_cast<std::uint64_t>(getpid())) == "memmap cannot stop itself");
  {
    const Child child([] {});
    REQUIRE(eventually([&] { return child.state() == 'Z'; }));
    CHECK(failure_of(child.pid()) ==
          "process " + std::to_string(child.id()) + " has ended (a zombie: its memory is gone)");
  }
  const Child child(tick_in_threads);
  REQUIRE(eventually([&] { return task_list(child.pid()).size() == 11; }));
  CHECK(failure_of(task_list(child.pid())[1]).ends_with("is a thread of process " + std::to_string(child.id())));
  const std::uint64_t kernel_thread = 2;  // kthreadd, where /proc shows it
  const auto status = read_status("/proc/2");
  if (status && !status->virtual_size && status->state != 'Z')
    CHECK(failure_of(kernel_thread) == "process 2 is a kernel thread: it has no memory of its own");
}

TEST_CASE("a process that another tracer holds is read as it is, one that runs under it is not") {
  const Child child(tick);
  REQUIRE(eventually([] { return shared().ticks > 10; }));
  REQUIRE(ptrace(PTRACE_SEIZE, child.id(), nullptr, nullptr) == 0);
  CHECK(failure_of(child.pid()).find(": stop it there first") != std::string::npos);
  REQUIRE(ptrace(PTRACE_INTERRUPT, child.id(), nullptr, nullptr) == 0);
  REQUIRE(eventually([&] { return child.state() == 't'; }));
  Findings findings;
  LiveSource source(child.pid());
  const Result<Target> target = source.open(findings);
  REQUIRE(target);
  CHECK_FALSE(target->threads[0].stack_pointer.is_null());
  source.close();
  CHECK(child.state() == 't');
  CHECK(stands_still());
}

}  // namespace
}  // namespace memmap
