// The threads that one tracer thread holds by ptrace. Every member is to be called by that one,
// except where it says otherwise.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "process/target.h"

namespace memmap {

// Why process `pid` cannot be stopped, as a sentence: what ptrace said of it was `error`.
std::string refusal(std::uint64_t pid, int error);

class Tracees {
 public:
  explicit Tracees(std::uint64_t pid) : pid_(pid) {}
  ~Tracees() { detach_all(); }
  Tracees(const Tracees&) = delete;
  Tracees& operator=(const Tracees&) = delete;

  // Seizes and interrupts until no thread is left that runs. Empty, or a sentence.
  std::string stop_all();
  std::vector<Thread> registers() const;
  void detach_all();

  // For another thread of ours while stop_all() takes long. PTRACE_SEIZE waits for an execve of
  // the target to end (cred_guard_mutex), which waits for its ended threads to be reaped, which
  // the tracer would do after the PTRACE_SEIZE.
  static void reap_ended(std::uint64_t pid);

 private:
  enum class State : std::uint8_t { running, stopped, gone };
  struct Tracee {
    State state = State::running;
    int signal = 0;  // on its way to the thread when we stopped it; passed on by detach
  };

  std::string seize_new(bool& found_new);
  void interrupt_all();
  std::string await_all();
  void look_at(std::uint64_t tid, Tracee& tracee);

  std::uint64_t pid_;
  std::map<std::uint64_t, Tracee> tracees_;
};

}  // namespace memmap
