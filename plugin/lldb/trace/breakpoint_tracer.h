// The tracer inside LLDB: stops at the runtime's functions by breakpoints, and reads their
// arguments and results. Sees persistentalloc, which makes no system call, and the counters that
// the runtime names; costs about a millisecond a stop.
#pragma once

#include <lldb/API/LLDB.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "go/current_goroutine.h"
#include "live/ptrace/awake_cpus.h"
#include "live/ptrace/call_recorder.h"
#include "live/uprobe/stat_charges.h"
#include "lldb/trace/last_steps.h"
#include "lldb/trace/trace_points.h"
#include "lldb/trace/trace_watch.h"
#include "process/proc/proc_memory.h"
#include "trace/function_calls.h"
#include "trace/tracer.h"

namespace memmap {

class BreakpointTracer final : public trace::Tracer, private HitListener {
 public:
  // Of the selected target, or of a new one for the command of the request.
  explicit BreakpointTracer(lldb::SBDebugger debugger, std::atomic<bool>& interrupted)
      : debugger_(std::move(debugger)), interrupted_(interrupted) {}

  trace::Ending run(const trace::Request& request, trace::Log& log, trace::Listener& listener) override;
  // The process stays as the trace has left it: stopped in LLDB.
  std::unique_ptr<TargetSource> target() override;
  void release() override {}
  // Of the program that was traced: execution_of() as the trace began.
  const std::string& execution() const { return execution_; }

 private:
  trace::Ending trace_process(const trace::Request& request);
  trace::Ending trace(const trace::Request& request);
  void prepare(const trace::Operations& what);
  std::string follow();
  bool hit(const TracePoint& point, lldb::SBThread& thread) override;
  void pass(const TracePoint& point, lldb::SBThread& thread, const trace::StackRegisters& registers);
  std::string end_at(const TracePoint& point, lldb::SBThread& thread);
  trace::Ending refusal_of(TracePoints& points, const trace::Request& request);
  std::string take_last_steps();
  std::string take_last_step(lldb::tid_t id, const LastStep& step);
  std::string why_ended_outside();
  lldb::SBError wait_for_stop();
  trace::FunctionStop record(const TracePoint& point, lldb::SBThread& thread);
  std::string why_stopped();
  std::string why_replaced();

  lldb::SBDebugger debugger_;
  std::atomic<bool>& interrupted_;
  lldb::SBTarget target_;
  lldb::SBProcess process_;

  // Of the trace that runs.
  const trace::Request* request_ = nullptr;
  trace::Log* log_ = nullptr;
  trace::Listener* listener_ = nullptr;
  TracedProgram program_;
  std::optional<ProcMemory> memory_;
  std::optional<trace::Stacks> stacks_;
  std::optional<go::ThreadGoroutines> goroutines_;  // where the layout is known
  std::optional<trace::FunctionCalls> calls_;
  TraceWatch* watch_ = nullptr;
  TracePoints* points_ = nullptr;
  Pushed pushed_;
  AwakeCpus* cpus_ = nullptr;
  std::uint64_t unread_ = 0;  // registers, at stops
  std::chrono::steady_clock::time_point began_;
  std::string execution_;
  bool replaced_ = false;  // by another program
  std::string ended_;      // why, once it is known
};

}  // namespace memmap
