#include "progress_line.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

namespace memmap {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;
constexpr auto kPace = 200ms;
constexpr std::string_view kClear = "\r\x1b[K";

void show(std::string_view text) {
  // A terminal that takes no more text takes no progress either.
  [[maybe_unused]] const ssize_t done = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

ProgressLine::ProgressLine(const Progress& progress, bool wanted) : progress_(progress) {
  if (!wanted) return;
  // Ctrl-C is for the thread that works: it has to end a write that blocks.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void ProgressLine::end() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ProgressLine::run() {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kPatience, [this] { return ended_; })) return;
  do {
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin;
    show(fmt::format("{}memmap: {}, {:.1f} s", kClear, progress_.what(), since.count()));
  } while (!changed_.wait_for(lock, kPace, [this] { return ended_; }));
  show(kClear);
}

}  // namespace memmap
