// The tracer that stops nobody: uprobes alone, in the runtime's functions and in those that make
// its system calls. For a process that a debugger holds; it works beside.
#pragma once

#include <optional>
#include <string>

#include "live/uprobe/function_probes.h"
#include "trace/tracer.h"

namespace memmap {

class ProbeTracer final : public trace::Tracer {
 public:
  explicit ProbeTracer(std::uint64_t pid) : pid_(pid) {}

  trace::Ending run(const trace::Request& request, trace::Log& log, trace::Listener& listener) override;
  // Where a debugger holds the process it can be read while it stands still there.
  std::unique_ptr<TargetSource> target() override;
  void release() override {}

 private:
  trace::Ending begin(const trace::Request& request, trace::Log& log);
  std::string why_ended(const trace::Request& request, const trace::Log& log, bool process_ended);

  std::uint64_t pid_;
  TracedProgram program_;
  FunctionProbes probes_;
  std::uint64_t began_ = 0;   // nanoseconds of CLOCK_MONOTONIC
  std::uint64_t probed_ = 0;  // the limit counts from here
  bool lookable_ = true;      // the program of the trace is still there
};

}  // namespace memmap
