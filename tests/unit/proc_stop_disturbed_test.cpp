// What may come between a stop and its end: new threads, signals, execve, the end of memmap itself.
#include "live/hold/live_source.h"
#include "support/catch.h"
#include "support/child_process.h"

namespace memmap {
namespace {

using namespace test;

bool every_thread_held(const Child& child) {
  for (const std::uint64_t tid : task_list(child.pid())) {
    const auto status = read_status("/proc/" + std::to_string(child.id()) + "/task/" + std::to_string(tid));
    if (status && status->state != 't' && status->state != 'Z' && status->state != 'X') return false;
  }
  return true;
}

void start_threads_without_end() {
  for (;;) std::thread([] { ++shared().ticks; }).join();
}

TEST_CASE("threads that start while the others are being stopped are stopped too") {
  const Child child([] {
    std::vector<std::thread> starters;
    for (int i = 0; i < 16; ++i) starters.emplace_back(start_threads_without_end);
    for (std::thread& thread : starters) thread.join();
  });
  REQUIRE(eventually([] { return shared().ticks > 10; }));
  for (int i = 0; i < 60; ++i) {
    Findings findings;
    LiveSource source(child.pid());
    REQUIRE(source.open(findings));
    REQUIRE(every_thread_held(child));
    source.close();
    REQUIRE(goes_on());
  }
}

TEST_CASE("a process goes on if memmap is killed while it holds it") {
  const Child child(tick_in_threads);
  REQUIRE(eventually([] { return shared().ticks > 100; }));
  for (int i = 0; i < 10; ++i) {
    shared().step = 0;
    const pid_t tracer = fork();
    if (tracer == 0) {
      Findings findings;
      LiveSource source(child.pid());
      shared().step = source.open(findings) ? 1 : 2;
      for (;;) pause();
    }
    // Every other time in the middle of the stop.
    if (i % 2 == 0) REQUIRE(eventually([] { return shared().step == 1; }));
    kill(tracer, SIGKILL);
    waitpid(tracer, nullptr, 0);
    REQUIRE(goes_on());
    REQUIRE(eventually([&] { return child.state() != 't'; }));
  }
}

// The main thread takes the signals. It is seized first, and interrupted only when the others
// are seized too: a signal between the two is on its way when the thread stops.
void count_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { ++shared().signals; };
  sigaction(SIGRTMIN, &action, nullptr);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::vector<std::thread> others;
  for (int i = 0; i < 60; ++i) others.emplace_back([] { pause(); });
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  shared().step = 1;
  for (;;) pause();
}

// A few signals are always under way, until the tracer has done its work.
void send_while(const Child& child, std::uint64_t& sent, const std::function<bool()>& busy) {
  do {
    if (sent - shared().signals < 20 && sigqueue(child.id(), SIGRTMIN, {}) == 0) ++sent;
  } while (busy());
}

TEST_CASE("no signal is lost to stops") {
  const Child child(count_signals);
  REQUIRE(eventually([] { return shared().step == 1; }));
  std::uint64_t sent = 0;
  for (int i = 0; i < 40; ++i) {
    std::atomic<bool> busy = true;
    std::thread stopper([&] {
      CHECK(Stop().stop(child.pid()).empty());
      busy = false;
    });
    send_while(child, sent, [&] { return busy.load(); });
    stopper.join();
    REQUIRE(eventually([sent] { return shared().signals == sent; }));
  }
}

TEST_CASE("no signal is lost if memmap is killed while it holds the process") {
  const Child child(count_signals);
  REQUIRE(eventually([] { return shared().step == 1; }));
  std::uint64_t sent = 0;
  for (int i = 0; i < 40; ++i) {
    const pid_t tracer = fork();
    if (tracer == 0) {
      Tracees tracees(child.pid());
      tracees.stop_all();
      raise(SIGKILL);
    }
    send_while(child, sent, [&] { return waitpid(tracer, nullptr, WNOHANG) == 0; });
    waitpid(tracer, nullptr, 0);
    REQUIRE(eventually([sent] { return shared().signals == sent; }));
  }
}

// With many threads to end, which the kernel does not do for one that is traced.
void wait_then_leave() {
  std::vector<std::thread> others;
  for (int i = 0; i < 60; ++i) others.emplace_back([] { pause(); });
  shared().step = 1;
  while (shared().step != 2) continue;
  if (shared().signals != 0) _exit(0);
  execl("/bin/sleep", "sleep", "100", nullptr);
}

TEST_CASE("a process that starts another program, or ends, while it is being stopped") {
  for (int i = 0; i < 60; ++i) {
    const Child child(wait_then_leave);
    REQUIRE(eventually([] { return shared().step == 1; }));
    shared().signals = static_cast<std::uint64_t>(i % 2);
    LiveSource source(child.pid());
    Findings findings;
    std::thread push([i] {
      usleep(static_cast<useconds_t>(i * 10));
      shared().step = 2;
    });
    // Whatever of it the stop meets, it is an answer, and the process is not held after.
    const Result<Target> target = source.open(findings);
    CHECK(target.has_value() == source.failure().empty());
    CHECK(source.failure().find("does not stop") == std::string::npos);
    source.close();
    push.join();
    CHECK(eventually([&] { return child.state() != 't'; }));
  }
}

TEST_CASE("another program than the one whose file was read is refused") {
  const Child child([] {
    while (shared().step != 1) usleep(10);
    execl("/bin/sleep", "sleep", "100", nullptr);
  });
  LiveSource source(child.pid());
  shared().step = 1;
  Findings findings;
  REQUIRE(eventually([&] {
    source.open(findings);
    source.close();
    return source.failure() ==
           "process " + std::to_string(child.id()) + " started another program while it was being stopped";
  }));
  CHECK(eventually([&] { return child.state() == 'S'; }));
}

}  // namespace
}  // namespace memmap
