// What ends a trace from outside while LLDB waits for the process: the time limit and Ctrl-C.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

namespace memmap {

// In synchronous mode LLDB ignores Ctrl-C until the process stops. So SIGINT is taken for as long
// as this lives, and a thread asks for the stop. It may use SendAsyncInterrupt() alone: every
// other call waits for the lock that the waiting command holds.
class TraceWatch {
 public:
  enum class Asked : std::uint8_t { nothing, interrupted, limit };

  // Null while another debugger of this LLDB traces: each would take the other's handler for the one
  // that was there before.
  static std::unique_ptr<TraceWatch> begin(lldb::SBProcess process, const std::atomic<bool>* interrupted);
  ~TraceWatch();
  TraceWatch(const TraceWatch&) = delete;
  TraceWatch& operator=(const TraceWatch&) = delete;

  Asked asked() const { return asked_; }
  // From now on.
  void limit(std::chrono::nanoseconds limit) { ends_ = Clock::now() + limit; }
  // Around the call that waits.
  void waits(bool waits) { waits_ = waits; }

 private:
  using Clock = std::chrono::steady_clock;
  TraceWatch(lldb::SBProcess process, const std::atomic<bool>* interrupted);
  void watch();
  Asked ask() const;

  lldb::SBProcess process_;
  std::atomic<Clock::time_point> ends_ = Clock::time_point::max();
  const std::atomic<bool>* interrupted_;
  std::atomic<Asked> asked_ = Asked::nothing;
  std::atomic<bool> waits_ = false;
  std::atomic<bool> done_ = false;
  struct sigaction before_ {};
  std::thread thread_;
};

}  // namespace memmap
