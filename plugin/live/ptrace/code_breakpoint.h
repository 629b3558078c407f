// One breakpoint in the code of a process that is held by ptrace.
#pragma once

#include <sys/types.h>

#include "base/address.h"

namespace memmap {

// A byte of the code is replaced while it is set, for all threads. The process must not be let
// go before clear(): whoever reaches the byte without a tracer dies of SIGTRAP. Through `tid`, a
// thread that stands still.
class CodeBreakpoint {
 public:
  bool set(pid_t tid, Address at);
  void clear(pid_t tid);
  bool is_set() const { return set_; }
  // The thread has run into it. Puts it back to the instruction that was replaced.
  bool rewind(pid_t tid) const;
  // The thread has run into it, and the signal is still on its way.
  bool is_behind(pid_t tid) const;

 private:
  bool set_ = false;
  Address at_;
  long word_ = 0;  // the eight bytes there before
};

}  // namespace memmap
