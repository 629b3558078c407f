#include "live/progress_line.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

namespace memmap {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;
constexpr auto kPace = 200ms;
constexpr std::string_view kClear = "\r\x1b[K";

// Emacs says "dumb", also where it speaks MI with gdb over a terminal.
bool takes_escapes(int terminal) {
  const char* const name = std::getenv("TERM");
  return name != nullptr && std::string_view(name) != "dumb" && ::isatty(terminal) == 1;
}

// A debugger's prompt, a pager or an editor has it in a mode of its own; or it is another job's.
bool is_free(int terminal) {
  termios mode{};
  if (::tcgetattr(terminal, &mode) != 0 || (mode.c_lflag & ICANON) == 0) return false;
  const pid_t foreground = ::tcgetpgrp(terminal);
  return foreground == ::getpgrp() || foreground < 0;  // < 0: not the terminal of this session
}

void write_if_free(int terminal, std::string_view text) {
  if (!is_free(terminal)) return;
  // A terminal that takes no more text takes no progress either.
  [[maybe_unused]] const ssize_t done = ::write(terminal, text.data(), text.size());
}

// A longer line would be two, and only the second would be taken away.
std::string one_line(std::string text, int terminal) {
  winsize size{};
  const bool known = ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
  if (known && text.size() >= size.ws_col) text.resize(size.ws_col - 1u);
  return text;
}

}  // namespace

ProgressLine::ProgressLine(int terminal) : terminal_(terminal) {
  if (!takes_escapes(terminal)) return;
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
    const std::string text = fmt::format("memmap: {}, {:.1f} s", progress_.what(), since.count());
    write_if_free(terminal_, fmt::format("{}{}", kClear, one_line(text, terminal_)));
  } while (!changed_.wait_for(lock, kPace, [this] { return ended_; }));
  write_if_free(terminal_, kClear);
}

}  // namespace memmap
