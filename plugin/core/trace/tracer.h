// How a door catches requests for memory. The session makes the log, asks the door's tracer to
// fill it, and then looks at the target as it stands.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/findings.h"
#include "process/source.h"
#include "trace/events.h"

namespace memmap::trace {

// Who catches the requests, without a debugger.
enum class Door : std::uint8_t {
  automatic,  // the runtime's functions by uprobes, system calls by ptrace; each where it is permitted
  ptrace,     // system calls, with the runtime's functions around them from the stack
  uprobes,    // functions only, and nobody is stopped; of a process that runs already
};

struct Request {
  std::vector<std::string> command;  // a program and its words; empty: trace what runs already
  Operations what = Operations().set();
  std::optional<std::chrono::nanoseconds> limit;  // from when all is set that catches requests
  std::uint64_t hits = 0;                         // end after so many events of `what`; 0: any number
  std::string until;                              // end at the entry of this function
  Door door = Door::automatic;
  std::atomic<bool>* interrupted = nullptr;  // ends the trace, which then clears it

  bool has_enough(const Log& log) const { return hits != 0 && log.count(what) >= hits; }
};

class Listener {
 public:
  virtual ~Listener() = default;
  // Events were added to the log, or ended. Called while the target runs on, where that is possible.
  virtual void heard(const Log& log) = 0;
};

struct Ending {
  enum class How : std::uint8_t { done, unreadable, usage };
  How how = How::done;
  std::string sentence;    // why the trace ended, or why there was none
  Findings findings = {};  // what saw the events, as a note; and what is missing
};

class Tracer {
 public:
  virtual ~Tracer() = default;
  // Returns when the trace has ended. Never throws for what the target does.
  virtual Ending run(const Request& request, Log& log, Listener& listener) = 0;
  // The target at the end of the trace, held still; null where it has gone.
  virtual std::unique_ptr<TargetSource> target() = 0;
  // Lets the target go on, or ends it where it cannot live without its tracer. Idempotent.
  virtual void release() = 0;
};

}  // namespace memmap::trace
