#include "lldb/trace/breakpoint_tracer.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "lldb/lldb_source.h"
#include "lldb/sb_text.h"
#include "lldb/trace/held_here.h"
#include "lldb/trace/held_states.h"
#include "lldb/trace/last_steps.h"
#include "lldb/trace/traced_process.h"

namespace memmap {
namespace {

using trace::Ending;
using Clock = std::chrono::steady_clock;

std::uint64_t read(lldb::SBFrame& frame, const char* name, std::uint64_t& unread) {
  lldb::SBError error;
  const std::uint64_t value = frame.FindRegister(name).GetValueAsUnsigned(error, 0);
  if (error.Fail()) ++unread;
  return value;
}

// Each word that LLDB is asked for is a message to its server; the other registers come with a
// stop.
trace::FunctionStop stop_of(const TracePoint& point, lldb::SBThread& thread, std::uint64_t& unread) {
  constexpr std::array kRegisters{"rax", "rbx", "rcx", "rdi"};
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  trace::FunctionStop stop;
  stop.thread = static_cast<std::uint32_t>(thread.GetThreadID());
  stop.registers = {Address(frame.GetPC()), Address(frame.GetSP()), Address(read(frame, "rbp", unread))};
  const std::size_t words = point.where == TracePoint::Where::entry
                                ? trace::words_at_entry(*point.function, point.convention)
                                : trace::words_at_return(*point.function, point.convention);
  for (std::size_t i = 0; i < words; ++i) stop.words[i] = read(frame, kRegisters[i], unread);
  return stop;
}

}  // namespace

Ending BreakpointTracer::run(const trace::Request& request, trace::Log& log, trace::Listener& listener) {
  request_ = &request;
  log_ = &log;
  listener_ = &listener;
  const SynchronousMode synchronous(debugger_);
  TracedProcess traced;
  const std::string problem =
      request.command.empty() ? traced.select(debugger_) : traced.launch(debugger_, request.command);
  target_ = traced.target;
  process_ = traced.process;
  if (!problem.empty()) return {Ending::How::unreadable, problem};
  const Ending ending = trace_process(request);
  if (ending.how != Ending::How::done && !request.command.empty()) process_.Kill();
  return ending;
}

Ending BreakpointTracer::trace_process(const trace::Request& request) {
  if (!is_held_here(target_)) return {Ending::How::unreadable, "trace works on live processes of this machine only"};
  if (std::string why = program_.open(process_.GetProcessID()); !why.empty()) return {Ending::How::unreadable, why};
  if (!program_.is_go())
    return {Ending::How::unreadable, fmt::format("process {} is no program of Go", process_.GetProcessID())};
  execution_ = execution_of(process_);
  return trace(request);
}

Ending BreakpointTracer::trace(const trace::Request& request) {
  const SilencedSignal preemption(process_, "SIGURG");
  const std::unique_ptr<TraceWatch> watch = TraceWatch::begin(process_, request.interrupted);
  if (watch == nullptr)
    return {Ending::How::unreadable, "another debugger of this LLDB traces: one trace at a time, as Ctrl-C ends it"};
  watch_ = watch.get();
  TracePoints points(target_, *this);
  if (Ending refusal = refusal_of(points, request); !refusal.sentence.empty()) return refusal;
  if (request.limit) watch->limit(*request.limit);
  if (std::string why = take_last_steps(); !why.empty()) return {Ending::How::done, why};
  points.set(request.what, request.until);
  points_ = &points;
  AwakeCpus cpus;
  cpus_ = &cpus;

  prepare(request.what);
  began_ = Clock::now();
  if (request.limit) watch->limit(*request.limit);
  Ending ending{Ending::How::done, follow()};
  pushed_.show(process_);
  if (unread_ != 0)
    ending.findings.say(Severity::warning, "registers",
                        fmt::format("LLDB could not read {} at stops: sizes, addresses and counters "
                                    "of events are 0 or missing, and so may stacks be",
                                    counted(unread_, "register")));
  return ending;
}

// Without a sentence where it can be traced.
Ending BreakpointTracer::refusal_of(TracePoints& points, const trace::Request& request) {
  if (!points.has_functions(request.what))
    return {Ending::How::unreadable,
            "the program has no symbols for what is to be traced; the command memmap traces its "
            "system calls"};
  if (points.others_trap(request.what))
    return {Ending::How::unreadable,
            "uprobes of another tracer stand in the runtime's functions and would take the hits: end "
            "that trace; the kernel takes some seconds to let go of them"};
  if (!request.until.empty() && !points.has_function(request.until))
    return {Ending::How::usage, fmt::format("no function {} in this program", printable(request.until))};
  return {Ending::How::unreadable, deadly_exec(process_)};
}

void BreakpointTracer::prepare(const trace::Operations& what) {
  memory_.emplace(process_.GetProcessID());
  stacks_.emplace(*log_, program_.symbols(), program_.bias());
  if (program_.file().has_layout()) {
    const go::Layout& layout = program_.file().layout();
    goroutines_.emplace(*memory_, layout, Address(layout[go::Global::allm].address + program_.bias()));
  }
  calls_.emplace(*memory_, program_.code(), *log_, *stacks_, what, charging_of(program_.file(), program_.bias()));
}

// Until the trace ends. Hits come in hit(), while LLDB waits here.
std::string BreakpointTracer::follow() {
  for (;;) {
    const lldb::SBError error = wait_for_stop();
    if (std::string why = why_ended_outside(); !why.empty()) return why;
    if (error.Fail()) return fmt::format("LLDB could not go on: {}", text_of(error.GetCString()));
    if (std::string why = why_stopped(); !why.empty()) return why;
  }
}

// By the process or by whoever waits for it; empty where the trace goes on.
std::string BreakpointTracer::why_ended_outside() {
  if (!is_there(process_)) return TracedProcess{target_, process_}.how_it_ended();
  if (!ended_.empty()) return ended_;
  switch (watch_->asked()) {
    case TraceWatch::Asked::interrupted:
      interrupted_ = false;  // it ends the trace, not the verb
      return "interrupted";
    case TraceWatch::Asked::limit:
      return fmt::format("the time limit of {:.6g} s is over", std::chrono::duration<double>(*request_->limit).count());
    default:
      return {};
  }
}

bool BreakpointTracer::hit(const TracePoint& point, lldb::SBThread& thread) try {
  using Where = TracePoint::Where;
  cpus_->stop_came();
  if (point.where != Where::entry && point.where != Where::ret) {
    ended_ = end_at(point, thread);
    return true;
  }
  const trace::FunctionStop stop = record(point, thread);
  if (!ended_.empty() || watch_->asked() != TraceWatch::Asked::nothing) return true;
  pass(point, thread, stop.registers);
  return false;
} catch (const std::exception& error) {  // nothing may be thrown through LLDB
  ended_ = error.what();
  return true;
}

// Past the instruction at a breakpoint, unless another breakpoint there or behind it would be
// missed.
void BreakpointTracer::pass(const TracePoint& point, lldb::SBThread& thread, const trace::StackRegisters& registers) {
  const auto after = registers_after(point.instruction, registers, *memory_);
  if (after && points_->breakpoints_at(registers.pc) == 1 && points_->breakpoints_at(after->pc) == 0) {
    const bool done = do_instruction(point.instruction, thread, *after);
    if (done && point.instruction == Instruction::push_rbp) pushed_.add(process_, *after);
  }
}

std::string BreakpointTracer::end_at(const TracePoint& point, lldb::SBThread& thread) {
  using Where = TracePoint::Where;
  const std::string process = fmt::format("process {}", process_.GetProcessID());
  std::uint32_t status = 0;
  switch (point.where) {
    case Where::exit:
      memory_->read(Address(thread.GetFrameAtIndex(0).GetSP() + 8), std::as_writable_bytes(std::span(&status, 1)));
      return fmt::format("{} is about to end with status {}", process, status & 0xff);
    case Where::child:
      return process + " is about to start a child process, where LLDB would lose events";
    case Where::exec:
      return about_to_exec(thread);
    default:
      return fmt::format("{} was reached", request_->until);
  }
}

// Of a process that has been left before them: not with our breakpoints in it, and one thread after
// the other, alone. LLDB (to 22) puts breakpoints back twice where two threads vfork together, and
// then cannot take them out; and where the process becomes another program, or ends, before all of
// its threads go on again, LLDB's server cannot let those go on that are no longer there, and LLDB
// loses it. Empty, or why the trace is over already.
std::string BreakpointTracer::take_last_steps() {
  std::vector<std::pair<lldb::tid_t, const LastStep*>> standing;
  for (std::uint32_t i = 0; i < process_.GetNumThreads(); ++i) {
    lldb::SBThread thread = process_.GetThreadAtIndex(i);
    if (const LastStep* step = last_step_of(thread)) standing.emplace_back(thread.GetThreadID(), step);
  }
  for (const auto& [thread, step] : standing)
    if (std::string why = take_last_step(thread, *step); !why.empty()) return why;
  return {};
}

std::string BreakpointTracer::take_last_step(lldb::tid_t id, const LastStep& step) {
  const SuspendedThreads others(process_, id);
  lldb::SBBreakpoint after;
  if (step.after != nullptr) after = target_.BreakpointCreateByName(step.after);
  const lldb::SBError error = wait_for_stop();
  std::string why = why_ended_outside();
  if (why.empty() && error.Fail()) why = fmt::format("LLDB could not go on: {}", text_of(error.GetCString()));
  if (why.empty()) why = why_replaced();
  if (why.empty())
    why = TracedProcess{target_, process_}.why_stopped(
        process_.GetThreadByID(id), [&](lldb::break_id_t breakpoint) { return breakpoint == after.GetID(); });
  target_.BreakpointDelete(after.GetID());
  return why;
}

lldb::SBError BreakpointTracer::wait_for_stop() {
  watch_->waits(true);
  const lldb::SBError error = process_.Continue();
  watch_->waits(false);
  return error;
}

trace::FunctionStop BreakpointTracer::record(const TracePoint& point, lldb::SBThread& thread) {
  trace::FunctionStop stop = stop_of(point, thread, unread_);
  stop.nanoseconds = static_cast<std::uint64_t>((Clock::now() - began_) / std::chrono::nanoseconds(1));
  if (point.where == TracePoint::Where::ret) {
    calls_->leave(*point.function, point.convention, stop);
  } else {
    if (goroutines_) stop.goroutine = goroutines_->of(stop.thread).value_or(trace::kNoGoroutine);
    calls_->enter(*point.function, point.convention, stop);
  }
  listener_->heard(*log_);
  if (request_->has_enough(*log_))
    ended_ = fmt::format("{} were caught", counted(log_->count(request_->what), "event"));
  return stop;
}

// Another reason than the trace's own; empty where there is none and the process may go on.
std::string BreakpointTracer::why_stopped() {
  if (std::string why = why_replaced(); !why.empty()) return why;
  for (std::uint32_t i = 0; i < process_.GetNumThreads(); ++i) {
    std::string why = TracedProcess{target_, process_}.why_stopped(
        process_.GetThreadAtIndex(i), [&](lldb::break_id_t id) { return points_->is_ours(id); });
    if (!why.empty()) return why;
  }
  return {};
}

std::string BreakpointTracer::why_replaced() {
  for (std::uint32_t i = 0; i < process_.GetNumThreads() && !replaced_; ++i)
    replaced_ = process_.GetThreadAtIndex(i).GetStopReason() == lldb::eStopReasonExec;
  if (!replaced_) return {};
  return fmt::format("process {} has become another program", process_.GetProcessID());
}

std::unique_ptr<TargetSource> BreakpointTracer::target() {
  if (!is_there(process_) || replaced_) return nullptr;
  return std::make_unique<LldbSource>(target_, target_.GetProcess().GetSelectedThread(), interrupted_);
}

}  // namespace memmap
