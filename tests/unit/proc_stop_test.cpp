#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include "linux/live_source.h"
#include "linux/tracees.h"
#include "support/catch.h"

namespace memmap {
namespace {

// Memory that the test and its children see.
struct Shared {
  std::atomic<std::uint64_t> ticks;
  std::atomic<std::uint64_t> signals;
  std::atomic<int> step;
};
Shared& shared() {
  static Shared* const at = static_cast<Shared*>(
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *at;
}

// Polls; a test that hangs is worse than one that fails.
bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 100000; ++i) {
    if (holds()) return true;
    usleep(100);
  }
  return false;
}

class Child {
 public:
  explicit Child(const std::function<void()>& run) {
    shared().ticks = shared().signals = 0;
    shared().step = 0;
    pid_ = fork();
    if (pid_ == 0) {
      run();
      _exit(0);
    }
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void end() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    kill(pid_, SIGCONT);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t id() const { return pid_; }
  std::uint64_t pid() const { return static_cast<std::uint64_t>(pid_); }
  char state() const {
    const auto status = read_status("/proc/" + std::to_string(pid_));
    return status ? status->state : '-';
  }

 private:
  pid_t pid_ = 0;
};

void tick() {
  for (;;) {
    ++shared().ticks;
    usleep(50);
  }
}
void tick_in_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) threads.emplace_back(tick);
  for (std::thread& thread : threads) thread.join();
}

bool goes_on() {
  const std::uint64_t before = shared().ticks;
  return eventually([before] { return shared().ticks > before + 20; });
}
bool stands_still() {
  const std::uint64_t before = shared().ticks;
  usleep(5000);
  return shared().ticks == before;
}

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

bool every_thread_held(const Child& child) {
  for (const std::uint64_t tid : task_list(child.pid())) {
    const auto status =
        read_status("/proc/" + std::to_string(child.id()) + "/task/" + std::to_string(tid));
    if (status && status->state != 't' && status->state != 'Z' && status->state != 'X')
      return false;
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
  CHECK(failure_of(task_list(child.pid())[1])
            .ends_with("is a thread of process " + std::to_string(child.id())));
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
    return source.failure() == "process " + std::to_string(child.id()) +
                                   " started another program while it was being stopped";
  }));
  CHECK(eventually([&] { return child.state() == 'S'; }));
}

}  // namespace
}  // namespace memmap
