#include "live/ptrace/ticker.h"

#include <unistd.h>

namespace memmap {

Ticker::Ticker(std::chrono::nanoseconds period) {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // and no SA_RESTART
  sigaction(SIGALRM, &action, &before_);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGALRM;
  event._sigev_un._tid = gettid();
  ticks_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
  const itimerspec every{{0, period.count()}, {0, period.count()}};
  if (ticks_) timer_settime(timer_, 0, &every, nullptr);
}

Ticker::~Ticker() {
  if (ticks_) timer_delete(timer_);
  sigaction(SIGALRM, &before_, nullptr);
}

}  // namespace memmap
