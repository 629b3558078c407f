// From the registers of a thread at a system call to events in the log.
#pragma once

#include <sys/user.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dwarf/code_symbols.h"
#include "go/runtime.h"
#include "process/proc/proc_memory.h"
#include "process/repeated_reads.h"
#include "trace/enclosing.h"
#include "trace/events.h"
#include "trace/function_calls.h"
#include "trace/stack_walk.h"
#include "trace/stacks.h"

namespace memmap {

// A call of the runtime that was seen around a system call. It is the same one around the next
// if that comes from further on in its code, on the same stack.
struct OpenFunction {
  trace::Operation operation;
  Address slot;  // of its return address
  Address pc;    // where in it the system call was made
  trace::Sequence sequence;
  bool caught = false;  // at its entry: its result comes from there, too
};

// What the recorder keeps of a thread.
struct ThreadCalls {
  trace::Sequence call = 0;             // under way
  Address m;                            // of the runtime; null until it is known
  std::vector<OpenFunction> functions;  // around the last call, outermost first
  RepeatedReads::Ranges reads;
};

// The program that is traced, as its file has it.
class TracedProgram {
 public:
  // Empty, or a sentence. `pid` stands still or does not matter.
  std::string open(std::uint64_t pid);
  bool is_go() const { return file_.is_go(); }
  const go::ProgramFile& file() const { return file_; }
  const std::shared_ptr<const CodeSymbols>& symbols() const { return symbols_; }
  std::uint64_t bias() const { return bias_; }
  AddressRange code() const;  // all of it that may be executed

 private:
  go::ProgramFile file_;
  std::shared_ptr<const CodeSymbols> symbols_;
  std::uint64_t bias_ = 0;
};

class CallRecorder {
 public:
  CallRecorder(std::uint64_t pid, const TracedProgram& program, trace::Log& log);

  // Whether the call of this number is one of memory, or ends the process.
  static bool wants(std::uint64_t number);
  // At its entry; other calls than those of memory are left alone.
  void enter(std::uint32_t tid, const user_regs_struct& registers, ThreadCalls& thread);
  void leave(std::uint64_t result, ThreadCalls& thread);

  std::uint64_t began() const { return began_; }
  // Functions that somebody else catches as they are entered are not added again.
  void ask(const trace::FunctionCalls* caught) { caught_ = caught; }

 private:
  void find_known(std::vector<OpenFunction>& functions, const ThreadCalls& thread, const trace::Event& call);
  trace::Event event_of(trace::Operation operation, const user_regs_struct& registers) const;
  void add_functions(trace::Event& call, std::span<const trace::StackEntry> stack, ThreadCalls& thread);
  bool has_heap_sys() const;

  ProcMemory memory_;
  RepeatedReads reads_;
  const TracedProgram& program_;
  trace::Log& log_;
  trace::StackWalk walk_;
  trace::Stacks stacks_;
  trace::CallSites sites_;
  std::uint64_t began_;  // nanoseconds of CLOCK_MONOTONIC
  const trace::FunctionCalls* caught_ = nullptr;
};

}  // namespace memmap
