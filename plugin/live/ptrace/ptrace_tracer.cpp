// What a ptrace tracer does at each stop of a thread.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "live/ptrace/awake_cpus.h"
#include "live/ptrace/ptrace_session.h"
#include "live/ptrace/ticker.h"

namespace memmap {
namespace {

using trace::Ending;
using Clock = std::chrono::steady_clock;

constexpr int kSyscallStop = SIGTRAP | 0x80;
constexpr std::chrono::seconds kPatience{3};  // for threads to stand still at the end

std::string signal_name(int signal) {
  const char* const name = sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

bool stops_all(int signal) { return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU; }

}  // namespace

Ending PtraceTracer::run(const trace::Request& request, trace::Log& log, trace::Listener& listener) {
  request_ = &request;
  log_ = &log;
  interrupted_ = request.interrupted;
  const Ticker ticker(kTick);
  if (const Ending problem = attached_ ? attach() : launch(); !problem.sentence.empty()) return problem;
  began_ = Clock::now();
  AwakeCpus cpus;
  while (!gone_ && !(ending_ && (threads_.all_held() || Clock::now() - ending_since_ > kPatience))) {
    follow();
    cpus.stop_came();
    if (probes_.is_open()) probes_.catch_up();
    look_at_limits();
    listener.heard(log);
  }
  remove_probes();
  if (const pid_t held = threads_.any_held(); held != 0) until_.clear(held);
  if (wrong_) return {Ending::How::usage, sentence_};
  return {nothing_traced_ ? Ending::How::unreadable : Ending::How::done, with_children(sentence_), findings_};
}

void PtraceTracer::follow() {
  int status = 0;
  const pid_t tid = waitpid(-1, &status, __WALL);
  if (tid > 0) return on_stop(tid, status);
  if (errno == ECHILD) gone_ = true;
  if (errno == EINTR && ending_) threads_.drop_ended();
}

// Held threads are no longer waited for, so the waiting ends by itself once all are.
void PtraceTracer::end(std::string sentence) {
  if (ending_) return;
  ending_ = true;
  ending_since_ = Clock::now();
  sentence_ = std::move(sentence);
  threads_.interrupt_running();
}

bool PtraceTracer::take_interrupt() { return interrupted_ != nullptr && interrupted_->exchange(false); }

void PtraceTracer::look_at_limits() {
  if (ending_) return;
  if (take_interrupt()) return end("interrupted");
  if (request_->limit && Clock::now() - began_ >= *request_->limit)
    return end(
        fmt::format("the time limit of {:.6g} s is over", std::chrono::duration<double>(*request_->limit).count()));
  if (request_->has_enough(*log_)) return end(fmt::format("--hits {} reached", request_->hits));
}

void PtraceTracer::on_stop(pid_t tid, int status) {
  if (WIFEXITED(status) || WIFSIGNALED(status)) return on_death(tid, status);
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event != 0) return on_event(tid, event, signal);
  if (signal == kSyscallStop) return on_syscall(tid);
  on_signal(tid, signal);
}

void PtraceTracer::go_on(pid_t tid, int signal) {
  const TracedThread& thread = threads_.thread(tid);
  if (ending_ && !thread.foreign) {
    if (!until_.is_behind(tid)) return threads_.hold(tid, signal);
    return threads_.go_on(tid, Going::freely);  // to the signal of the breakpoint
  }
  const bool every_call = attached_ || thread.calls.call != 0;
  threads_.go_on(tid, every_call ? Going::to_syscall : Going::freely, signal);
}

void PtraceTracer::on_event(pid_t tid, int event, int signal) {
  if (event == PTRACE_EVENT_SECCOMP) return on_seccomp(tid);
  if (event == PTRACE_EVENT_EXEC) return on_exec(tid);
  const TracedThread& thread = threads_.thread(tid);
  if (event == PTRACE_EVENT_STOP && stops_all(signal) && !ending_) return threads_.listen(tid);
  if (attached_ && thread.foreign) {  // a process made by a plain clone
    ptrace(PTRACE_DETACH, tid, nullptr, nullptr);
    return threads_.forget(tid);
  }
  if (attached_ && !request_->until.empty() && !until_.is_set() && !ending_) arm(tid);
  go_on(tid);
}

void PtraceTracer::on_exec(pid_t tid) {
  unsigned long former = 0;
  ptrace(PTRACE_GETEVENTMSG, tid, nullptr, &former);
  if (static_cast<pid_t>(former) != tid) threads_.forget(static_cast<pid_t>(former));
  TracedThread& thread = threads_.thread(tid);
  thread.calls = {};
  if (thread.foreign || draining_) return go_on(tid);
  if (recorder_ != nullptr) {
    remove_probes();  // the same program again would run into them
    lookable_ = false;
    replaced_ = true;
    recorder_.reset();
    end(fmt::format("process {} started another program", threads_.pid()));
  } else if (std::string why = prepare_program(); !why.empty()) {
    end(std::move(why));
  } else if (recorder_ != nullptr && !request_->until.empty() && !arm(tid)) {
    wrong_ = true;
    end(no_function());
  }
  go_on(tid);
}

std::string PtraceTracer::prepare_program() {
  const auto pid = static_cast<std::uint64_t>(threads_.pid());
  if (std::string why = program_.open(pid); !why.empty()) return why;
  if (!program_.is_go()) return {};
  recorder_ = std::make_unique<CallRecorder>(pid, program_, *log_);
  place_probes();
  began_ = Clock::now();
  return {};
}

// What cannot be caught so is read off the stacks of system calls.
void PtraceTracer::place_probes() {
  trace::Operations functions = request_->what;
  for (std::size_t i = 0; i < functions.size(); ++i)
    if (trace::kOperations[i].level != trace::CallLevel::function) functions.reset(i);
  if (functions.none() || request_->door == trace::Door::ptrace) return;
  const auto pid = static_cast<std::uint64_t>(threads_.pid());
  const std::string why =
      probes_.open(pid, program_, *log_, recorder_->began(),
                   {.what = functions, .spared = request_->until, .until = {}, .interrupted = request_->interrupted});
  if (why.empty()) {
    recorder_->ask(&probes_.calls());
    findings_.say(Severity::note, "doors", "functions of the runtime by uprobes, system calls by ptrace");
  } else if (why != PerfRings::kInterrupted) {
    findings_.say(Severity::note, "doors", why + ": functions of the runtime are seen around system calls only");
  }
}

void PtraceTracer::remove_probes() {
  if (!probes_.is_open()) return;
  probes_.stop();
  probes_.say_what_is_missing(findings_);
}

void PtraceTracer::record_call(pid_t tid, const user_regs_struct& registers, ThreadCalls& calls) {
  if (probes_.is_open()) probes_.catch_up();  // the functions around it
  recorder_->enter(static_cast<std::uint32_t>(tid), registers, calls);
}

bool PtraceTracer::arm(pid_t tid) {
  const FunctionRange* const function = program_.symbols()->function_named(request_->until);
  return function != nullptr && until_.set(tid, Address(function->begin + program_.bias()));
}

// The last moment at which the memory can be looked at.
bool PtraceTracer::enters_exit(pid_t tid, const user_regs_struct& registers) {
  if (registers.orig_rax != SYS_exit_group || recorder_ == nullptr) return false;
  if (exiting_ == 0) exiting_ = tid;
  end(fmt::format("process {} ended with status {}", threads_.pid(), registers.rdi & 0xff));
  threads_.hold(tid, 0);
  return true;
}

void PtraceTracer::on_seccomp(pid_t tid) {
  TracedThread& thread = threads_.thread(tid);
  const auto registers = TracedThreads::registers(tid);
  if (!thread.foreign && registers) {
    if (enters_exit(tid, *registers)) return;
    if (recorder_ != nullptr) record_call(tid, *registers, thread.calls);
  }
  // Also at the end: what has begun gets its result.
  threads_.go_on(tid, thread.calls.call != 0 ? Going::to_syscall : Going::freely);
}

void PtraceTracer::on_syscall(pid_t tid) {
  TracedThread& thread = threads_.thread(tid);
  __ptrace_syscall_info info{};
  const auto size = reinterpret_cast<void*>(sizeof info);
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, size, &info) <= 0 || recorder_ == nullptr) return go_on(tid);
  if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
    recorder_->leave(static_cast<std::uint64_t>(info.exit.rval), thread.calls);
  } else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && attached_ && !ending_ && CallRecorder::wants(info.entry.nr)) {
    const auto registers = TracedThreads::registers(tid);
    if (registers && enters_exit(tid, *registers)) return;
    if (registers) record_call(tid, *registers, thread.calls);
    return threads_.go_on(tid, Going::to_syscall);
  }
  go_on(tid);
}

void PtraceTracer::on_signal(pid_t tid, int signal) {
  if (signal == SIGTRAP && until_.rewind(tid)) {
    end(fmt::format("{} was reached", request_->until));
    return go_on(tid);
  }
  go_on(tid, signal);
}

void PtraceTracer::on_death(pid_t tid, int status) {
  threads_.forget(tid);
  if (tid != threads_.pid()) return;
  gone_ = true;
  lookable_ = false;
  if (!attached_ && recorder_ == nullptr && !replaced_) {
    nothing_traced_ = true;
    sentence_ = launch_.failure();
    if (sentence_.empty()) sentence_ = "no program of Go was started";
    return;
  }
  sentence_ = WIFEXITED(status) ? fmt::format("process {} ended with status {}", tid, WEXITSTATUS(status))
                                : fmt::format("process {} was killed by {}", tid, signal_name(WTERMSIG(status)));
}

std::string PtraceTracer::with_children(std::string sentence) const {
  if (threads_.foreign_seen() == 0 || attached_) return sentence;
  return fmt::format("{}; {} followed, and what they asked for left out", sentence,
                     counted(threads_.foreign_seen(), "child process was", "child processes were"));
}

}  // namespace memmap
