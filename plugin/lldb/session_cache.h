// The Session of the selected process, kept until the process moves on.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "session.h"

namespace memmap {

inline constexpr const char* kIsTracing = "a trace is running: memmap answers when it has ended";

class SessionCache {
 public:
  // Commands of one debugger come from more than one thread (its prompt, a script). Not held while
  // a trace runs: what a breakpoint of the user's asks then would wait for the trace, and the trace
  // for it.
  std::unique_lock<std::mutex> lock() {
    return is_tracing_ ? std::unique_lock(mutex_, std::defer_lock) : std::unique_lock(mutex_);
  }
  class Tracing {
   public:
    explicit Tracing(SessionCache& cache) : cache_(cache) { cache_.is_tracing_ = true; }
    ~Tracing() { cache_.is_tracing_ = false; }
    Tracing(const Tracing&) = delete;
    Tracing& operator=(const Tracing&) = delete;

   private:
    SessionCache& cache_;
  };

  // The Session for this stop: the last one if neither process, stop nor thread has changed. The
  // thread counts because it decides whose caches ReadMemStats would flush.
  Session& session_for(lldb::SBTarget target, lldb::SBThread thread);
  // A Session without a target, for verbs that need none. It has the events of the last trace, whose
  // process may have gone.
  Session& without_target();
  // What traces of the target's process have caught: for all later stops of that process, and when
  // there is no process to look at.
  // Of one program in it: see execution_of().
  void keep(lldb::SBTarget target, trace::History traces, const std::string& execution);
  // Empty for other processes; for another program in the same one no births.
  trace::History traces_of(lldb::SBTarget target) const;
  // Forgets the target, also what it holds open.
  void drop() { session_.reset(); }

  // Ctrl-C came while the present command ran. LLDB tells that only to the thread that runs the
  // command, so it is asked wherever that thread passes: when it prints, and in slow reads.
  std::atomic<bool>& interrupted() { return interrupted_; }

 private:
  struct Stop {
    std::uint32_t process = 0;
    std::uint32_t stop = 0;
    std::uint64_t thread = 0;
    bool operator==(const Stop&) const = default;
  };

  std::mutex mutex_;
  std::atomic<bool> interrupted_ = false;
  std::atomic<bool> is_tracing_ = false;
  Stop stop_;
  std::uint32_t traced_process_ = 0;
  std::uint32_t traced_stop_ = 0;  // where the last trace ended
  std::string traced_execution_;
  trace::History traces_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> targetless_;
};

}  // namespace memmap
