// Stops every thread of a process and lets it go again as if nothing had happened.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "process/target.h"

namespace memmap {

// By PTRACE_SEIZE, never ATTACH: if this process dies at any moment, the kernel lets the target
// run on. All ptrace calls are made by one thread of our own, because the kernel takes them from
// the thread that attached only, and callers come from any.
class Stop {
 public:
  Stop() = default;
  ~Stop() { release(); }
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  // Empty if every thread stands still; else why not, as a sentence, and the process runs on.
  std::string stop(std::uint64_t pid);
  // Lets all threads go on, with the signals that were on their way to them. Idempotent.
  void release();

  // The main thread first. Valid after stop().
  const std::vector<Thread>& threads() const { return threads_; }

 private:
  void hold(std::uint64_t pid);

  std::thread tracer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool settled_ = false;  // stopped, or failed
  bool let_go_ = false;
  std::string failure_;
  std::vector<Thread> threads_;
};

}  // namespace memmap
