// Interrupts the blocking system calls of the thread that made it, again and again: a wait that
// has to notice a time limit and Ctrl-C.
#pragma once

#include <csignal>
#include <ctime>

#include <chrono>

namespace memmap {

// Ctrl-C and a time limit are noticed after at most so long.
inline constexpr std::chrono::milliseconds kTick{20};

class Ticker {
 public:
  explicit Ticker(std::chrono::nanoseconds period);
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  timer_t timer_{};
  bool ticks_ = false;
  struct sigaction before_ {};
};

}  // namespace memmap
