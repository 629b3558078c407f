#include "live/hold/stop.h"

#include <chrono>
#include <csignal>

#include "live/ptrace/tracees.h"

namespace memmap {

std::string Stop::stop(std::uint64_t pid) {
  release();
  settled_ = let_go_ = false;
  failure_.clear();
  threads_.clear();
  // Signals meant for us go to the caller's thread, as if there were no other.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  tracer_ = std::thread([this, pid] { hold(pid); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  {
    std::unique_lock lock(mutex_);
    constexpr std::chrono::milliseconds kLong{10};
    while (!changed_.wait_for(lock, kLong, [this] { return settled_; })) {
      lock.unlock();
      Tracees::reap_ended(pid);
      lock.lock();
    }
  }
  if (!failure_.empty()) release();
  return failure_;
}

void Stop::release() {
  if (!tracer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    let_go_ = true;
  }
  changed_.notify_all();
  tracer_.join();
}

// The tracer thread. Whatever it does not detach itself the kernel detaches when it ends.
void Stop::hold(std::uint64_t pid) {
  Tracees tracees(pid);
  std::string failure = tracees.stop_all();
  std::unique_lock lock(mutex_);
  if (failure.empty()) threads_ = tracees.registers();
  failure_ = std::move(failure);
  settled_ = true;
  changed_.notify_all();
  if (failure_.empty()) changed_.wait(lock, [this] { return let_go_; });
}

}  // namespace memmap
