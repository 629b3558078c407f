// The two ptrace tracers: how they begin and end differs (ptrace_begin.cpp), what they do at a
// stop is the same (ptrace_tracer.cpp).
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "live/ptrace/code_breakpoint.h"
#include "live/ptrace/launch.h"
#include "live/ptrace/traced_threads.h"
#include "live/uprobe/function_probes.h"
#include "trace/tracer.h"

namespace memmap {

class PtraceTracer final : public trace::Tracer {
 public:
  explicit PtraceTracer(pid_t pid) : attached_(pid != 0), threads_(pid) {}
  ~PtraceTracer() override { release(); }

  trace::Ending run(const trace::Request& request, trace::Log& log, trace::Listener& listener) override;
  std::unique_ptr<TargetSource> target() override;
  void release() override;

 private:
  trace::Ending launch();
  trace::Ending attach();
  std::string seize_all();
  std::string no_function() const { return fmt::format("no function {} in this program", request_->until); }
  std::string prepare_program();
  void place_probes();
  void remove_probes();
  void record_call(pid_t tid, const user_regs_struct& registers, ThreadCalls& calls);
  bool arm(pid_t tid);
  void follow();
  void look_at_limits();
  bool take_interrupt();
  void end(std::string sentence);
  void on_stop(pid_t tid, int status);
  void on_event(pid_t tid, int event, int signal);
  void on_exec(pid_t tid);
  void on_seccomp(pid_t tid);
  void on_syscall(pid_t tid);
  void on_signal(pid_t tid, int signal);
  void on_death(pid_t tid, int status);
  bool enters_exit(pid_t tid, const user_regs_struct& registers);
  void go_on(pid_t tid, int signal = 0);
  void drain();
  std::string with_children(std::string sentence) const;

  const bool attached_;
  const trace::Request* request_ = nullptr;
  trace::Log* log_ = nullptr;
  Launch launch_;
  TracedThreads threads_;
  TracedProgram program_;
  std::unique_ptr<CallRecorder> recorder_;  // while the program is one of Go
  FunctionProbes probes_;                   // where they are permitted
  CodeBreakpoint until_;
  std::chrono::steady_clock::time_point began_;  // the limit counts from here; probes stand by then
  bool ending_ = false;                          // threads are being held
  std::chrono::steady_clock::time_point ending_since_;
  bool lookable_ = true;   // the program of the trace is still there at its end
  bool replaced_ = false;  // another program has taken its place
  pid_t exiting_ = 0;      // the thread that ends the process, by itself
  bool draining_ = false;  // nothing is recorded any more
  bool gone_ = true;
  bool nothing_traced_ = false;
  bool wrong_ = false;  // what was asked for
  std::atomic<bool>* interrupted_ = nullptr;
  std::string sentence_;
  Findings findings_;
};

}  // namespace memmap
