#include "breakpoint_tracer.h"

#include <unistd.h>

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "held_here.h"
#include "held_states.h"
#include "lldb_source.h"
#include "sb_text.h"

namespace memmap {
namespace {

using trace::Ending;
using Clock = std::chrono::steady_clock;

bool has_process(lldb::SBProcess process) {
  if (!process.IsValid()) return false;
  const lldb::StateType state = process.GetState();
  return state != lldb::eStateExited && state != lldb::eStateDetached &&
         state != lldb::eStateInvalid && state != lldb::eStateUnloaded;
}

// After a kill LLDB may go on calling the process stopped.
bool is_gone_here(lldb::SBTarget target, lldb::SBProcess process) {
  const bool is_local = text_of(target.GetPlatform().GetName()) == "host";
  return is_local && access(fmt::format("/proc/{}", process.GetProcessID()).c_str(), F_OK) != 0;
}

std::uint64_t read(lldb::SBFrame& frame, const char* name) {
  return frame.FindRegister(name).GetValueAsUnsigned(0);
}

trace::FunctionStop stop_of(lldb::SBFrame& frame) {
  trace::FunctionStop stop;
  stop.registers = {Address(frame.GetPC()), Address(frame.GetSP()), Address(read(frame, "rbp"))};
  stop.words = {read(frame, "rax"), read(frame, "rbx"), read(frame, "rcx"), read(frame, "rdi")};
  return stop;
}

}  // namespace

std::string BreakpointTracer::take_selected() {
  target_ = debugger_.GetSelectedTarget();
  process_ = target_.GetProcess();
  if (!has_process(process_) || is_gone_here(target_, process_))
    return "trace continue needs a process: launch one or attach to it, or use trace run";
  if (process_.GetState() != lldb::eStateStopped)
    return fmt::format("process {} is running; interrupt it first (\"process interrupt\")",
                       process_.GetProcessID());
  return {};
}

std::string BreakpointTracer::launch(const std::vector<std::string>& command) {
  lldb::SBTarget selected = debugger_.GetSelectedTarget();
  if (has_process(selected.GetProcess()) && !is_gone_here(selected, selected.GetProcess()))
    return fmt::format(
        "process {} is still there: end it (\"process kill\") or let it go (\"process detach\") "
        "first",
        selected.GetProcess().GetProcessID());
  lldb::SBError error;
  target_ = debugger_.CreateTarget(command.front().c_str(), nullptr, nullptr, true, error);
  if (!target_.IsValid())
    return fmt::format("{} cannot be started: {}", printable(command.front()),
                       text_of(error.GetCString()));
  if (selected.IsValid() && path_of(selected.GetExecutable()) == path_of(target_.GetExecutable())) {
    debugger_.DeleteTarget(target_);
    target_ = selected;
  }
  std::vector<const char*> words;
  for (std::size_t i = 1; i < command.size(); ++i) words.push_back(command[i].c_str());
  words.push_back(nullptr);
  lldb::SBLaunchInfo info = target_.GetLaunchInfo();
  info.SetArguments(words.data(), false);
  info.SetLaunchFlags(info.GetLaunchFlags() | lldb::eLaunchFlagStopAtEntry);
  debugger_.SetSelectedTarget(target_);
  process_ = target_.Launch(info, error);
  if (error.Success() && has_process(process_)) return {};
  std::string sentence = fmt::format("{} cannot be started: {}", printable(command.front()),
                                     text_of(error.GetCString()));
  if (target_ != selected) debugger_.DeleteTarget(target_);
  if (selected.IsValid()) debugger_.SetSelectedTarget(selected);
  return sentence;
}

Ending BreakpointTracer::run(const trace::Request& request, trace::Log& log,
                             trace::Listener& listener) {
  request_ = &request;
  log_ = &log;
  listener_ = &listener;
  const SynchronousMode synchronous(debugger_);
  const std::string problem = request.command.empty() ? take_selected() : launch(request.command);
  if (!problem.empty()) return {Ending::How::unreadable, problem};
  const Ending ending = trace_process(request);
  if (ending.how != Ending::How::done && !request.command.empty()) process_.Kill();
  return ending;
}

Ending BreakpointTracer::trace_process(const trace::Request& request) {
  if (!is_held_here(target_))
    return {Ending::How::unreadable, "trace works on live processes of this machine only"};
  if (std::string why = program_.open(process_.GetProcessID()); !why.empty())
    return {Ending::How::unreadable, why};
  if (!program_.is_go())
    return {Ending::How::unreadable,
            fmt::format("process {} is no program of Go", process_.GetProcessID())};
  return trace(request);
}

Ending BreakpointTracer::trace(const trace::Request& request) {
  const SilencedSignal preemption(process_, "SIGURG");
  let_child_start();
  TracePoints points(target_, *this);
  if (points.set(request.what) == 0)
    return {Ending::How::unreadable,
            "the program has no symbols for what is to be traced; the command memmap traces its "
            "system calls"};
  if (!request.until.empty() && !points.set_until(request.until))
    return {Ending::How::usage,
            fmt::format("no function {} in this program", printable(request.until))};
  points.set_ends();

  prepare(request.what);
  TraceWatch watch(process_, request.limit, request.interrupted);
  watch_ = &watch;
  began_ = Clock::now();
  return {Ending::How::done, follow(watch, points)};
}

void BreakpointTracer::prepare(const trace::Operations& what) {
  memory_.emplace(process_.GetProcessID());
  stacks_.emplace(*log_, program_.symbols(), program_.bias());
  trace::Charging charging{[](Address) { return trace::Charge::unknown; }};
  if (program_.file().has_layout()) {
    const go::Layout& layout = program_.file().layout();
    charging.of = [charges = StatCharges(layout, program_.bias())](Address stat) {
      return charges.of(stat);
    };
    charging.has_heap_sys = layout.has(go::Field::stats_heap_sys);
    goroutines_.emplace(*memory_, layout,
                        Address(layout[go::Global::allm].address + program_.bias()));
  }
  calls_.emplace(*memory_, program_.code(), *log_, *stacks_, what, std::move(charging));
}

// Until the trace ends. Hits come in hit(), while LLDB waits here.
std::string BreakpointTracer::follow(TraceWatch& watch, const TracePoints& points) {
  for (;;) {
    watch.waits(true);
    const lldb::SBError error = process_.Continue();
    watch.waits(false);
    if (!has_process(process_)) return how_it_ended();
    if (!ended_.empty()) return ended_;
    if (watch.asked() == TraceWatch::Asked::interrupted) {
      interrupted_ = false;  // it ends the trace, not the verb
      return "interrupted";
    }
    if (watch.asked() == TraceWatch::Asked::limit)
      return fmt::format("the time limit of {:.6g} s is over",
                         std::chrono::duration<double>(*request_->limit).count());
    if (error.Fail()) return fmt::format("LLDB could not go on: {}", text_of(error.GetCString()));
    if (std::string why = why_stopped(points); !why.empty()) return why;
  }
}

bool BreakpointTracer::hit(const TracePoint& point, lldb::SBThread& thread) try {
  using Where = TracePoint::Where;
  if (point.where == Where::entry || point.where == Where::ret)
    record(point, thread);
  else
    ended_ = end_at(point, thread);
  return !ended_.empty() || watch_->asked() != TraceWatch::Asked::nothing;
} catch (const std::exception& error) {  // nothing may be thrown through LLDB
  ended_ = error.what();
  return true;
}

std::string BreakpointTracer::end_at(const TracePoint& point, lldb::SBThread& thread) {
  using Where = TracePoint::Where;
  const std::string process = fmt::format("process {}", process_.GetProcessID());
  std::uint32_t status = 0;
  switch (point.where) {
    case Where::exit:
      memory_->read(Address(thread.GetFrameAtIndex(0).GetSP() + 8),
                    std::as_writable_bytes(std::span(&status, 1)));
      return fmt::format("{} is about to end with status {}", process, status & 0xff);
    case Where::child:
      return process + " is about to start a child process, where LLDB would lose events";
    case Where::exec:
      return process + " is about to become another program";
    default:
      return fmt::format("{} was reached", request_->until);
  }
}

// A process that has been left where it was about to start a child: not with our breakpoints in it.
void BreakpointTracer::let_child_start() {
  bool starts = false;
  for (std::uint32_t i = 0; i < process_.GetNumThreads(); ++i) {
    lldb::SBFrame frame = process_.GetThreadAtIndex(i).GetFrameAtIndex(0);
    starts |= text_of(frame.GetSymbol().GetName()) == kBeforeFork;
  }
  if (!starts) return;
  lldb::SBBreakpoint after = target_.BreakpointCreateByName(kAfterFork);
  process_.Continue();
  target_.BreakpointDelete(after.GetID());
}

void BreakpointTracer::record(const TracePoint& point, lldb::SBThread& thread) {
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  trace::FunctionStop stop = stop_of(frame);
  stop.thread = static_cast<std::uint32_t>(thread.GetThreadID());
  stop.nanoseconds =
      static_cast<std::uint64_t>((Clock::now() - began_) / std::chrono::nanoseconds(1));
  if (point.where == TracePoint::Where::ret) {
    calls_->leave(*point.function, point.convention, stop);
  } else {
    if (goroutines_) stop.goroutine = goroutines_->of(stop.thread).value_or(trace::kNoGoroutine);
    calls_->enter(*point.function, point.convention, stop);
  }
  listener_->heard(*log_);
  if (request_->hits != 0 && log_->size() >= request_->hits)
    ended_ = fmt::format("{} were caught", counted(log_->size(), "event"));
}

std::string BreakpointTracer::how_it_ended() {
  const std::string what = text_of(process_.GetExitDescription());
  if (process_.GetState() == lldb::eStateDetached)
    return fmt::format("process {} was let go", process_.GetProcessID());
  return fmt::format("process {} is gone: {}", process_.GetProcessID(),
                     what.empty() ? fmt::format("status {}", process_.GetExitStatus()) : what);
}

// Another reason than the trace's own; empty where there is none and the process may go on.
std::string BreakpointTracer::why_stopped(const TracePoints& points) {
  for (std::uint32_t i = 0; i < process_.GetNumThreads(); ++i) {
    lldb::SBThread thread = process_.GetThreadAtIndex(i);
    std::array<char, 256> text{};
    thread.GetStopDescription(text.data(), text.size());
    switch (thread.GetStopReason()) {
      case lldb::eStopReasonInvalid:
      case lldb::eStopReasonNone:
      case lldb::eStopReasonTrace:
        continue;
      case lldb::eStopReasonBreakpoint: {
        bool foreign = false;
        for (std::size_t at = 0; at < thread.GetStopReasonDataCount(); at += 2)
          foreign |= !points.is_ours(static_cast<lldb::break_id_t>(
              thread.GetStopReasonDataAtIndex(static_cast<std::uint32_t>(at))));
        if (!foreign) continue;
        return fmt::format("stopped at {}", text.data());
      }
      case lldb::eStopReasonExec:
        replaced_ = true;
        return fmt::format("process {} has become another program", process_.GetProcessID());
      default:
        return fmt::format("thread {} stopped: {}", thread.GetThreadID(), text.data());
    }
  }
  return {};
}

std::unique_ptr<TargetSource> BreakpointTracer::target() {
  if (!has_process(process_) || replaced_) return nullptr;
  return std::make_unique<LldbSource>(target_, interrupted_);
}

}  // namespace memmap
