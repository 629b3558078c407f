// A process for tests that stop one: what it runs, and how to see whether it goes on.
#pragma once

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "live/ptrace/tracees.h"

namespace memmap::test {

// Memory that the test and its children see.
struct Shared {
  std::atomic<std::uint64_t> ticks;
  std::atomic<std::uint64_t> signals;
  std::atomic<int> step;
};
inline Shared& shared() {
  static Shared* const at =
      static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return *at;
}

// Polls; a test that hangs is worse than one that fails.
inline bool eventually(const std::function<bool()>& holds) {
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

inline void tick() {
  for (;;) {
    ++shared().ticks;
    usleep(50);
  }
}
inline void tick_in_threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) threads.emplace_back(tick);
  for (std::thread& thread : threads) thread.join();
}

inline bool goes_on() {
  const std::uint64_t before = shared().ticks;
  return eventually([before] { return shared().ticks > before + 20; });
}
inline bool stands_still() {
  const std::uint64_t before = shared().ticks;
  usleep(5000);
  return shared().ticks == before;
}

}  // namespace memmap::test
