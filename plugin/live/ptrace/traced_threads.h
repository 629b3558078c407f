// The threads that a ptrace tracer holds: their states, and the turns of letting them run.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

#include <map>
#include <optional>

#include "live/ptrace/call_recorder.h"

namespace memmap {

// How a thread goes on from a stop.
enum class Going : std::uint8_t {
  freely,      // to the next stop that is not a system call's
  to_syscall,  // to the entry or the exit of a system call
};

struct TracedThread {
  bool foreign = false;  // of a child process
  bool held = false;
  int signal = 0;  // of a held one: to be passed on
  ThreadCalls calls;
};

class TracedThreads {
 public:
  explicit TracedThreads(pid_t pid = 0) : pid_(pid) {}

  pid_t pid() const { return pid_; }
  // Of this tid; a new one is one of the target's threads or of a child's.
  TracedThread& thread(pid_t tid);
  void forget(pid_t tid) { threads_.erase(tid); }
  bool has(pid_t tid) const { return threads_.contains(tid); }
  bool empty() const { return threads_.empty(); }

  void go_on(pid_t tid, Going how, int signal = 0);
  void listen(pid_t tid);  // stays stopped, until SIGCONT
  void hold(pid_t tid, int signal);
  void interrupt_running();
  pid_t any_held() const;  // 0 if none is
  void go_on_held();       // freely, with their signals
  bool all_held() const;   // the target's; a child may run
  void drop_ended();       // those that somebody else has reaped
  void detach_all();
  std::size_t foreign_seen() const { return foreign_seen_; }

  static std::optional<user_regs_struct> registers(pid_t tid);

 private:
  pid_t pid_;
  std::map<pid_t, TracedThread> threads_;
  std::size_t foreign_seen_ = 0;
};

}  // namespace memmap
