#include "breakpoint_tracer.h"

#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "held_here.h"
#include "held_states.h"
#include "lldb_source.h"
#include "sb_text.h"
#include "traced_process.h"

namespace memmap {
namespace {

using trace::Ending;
using Clock = std::chrono::steady_clock;

std::uint64_t read(lldb::SBFrame& frame, const char* name) {
  return frame.FindRegister(name).GetValueAsUnsigned(0);
}

// Each word that LLDB is asked for is a message to its server; the other registers come with a
// stop.
trace::FunctionStop stop_of(const TracePoint& point, lldb::SBThread& thread) {
  constexpr std::array kRegisters{"rax", "rbx", "rcx", "rdi"};
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  trace::FunctionStop stop;
  stop.thread = static_cast<std::uint32_t>(thread.GetThreadID());
  stop.registers = {Address(frame.GetPC()), Address(frame.GetSP()), Address(read(frame, "rbp"))};
  const std::size_t words = point.where == TracePoint::Where::entry
                                ? trace::words_at_entry(*point.function, point.convention)
                                : trace::words_at_return(*point.function, point.convention);
  for (std::size_t i = 0; i < words; ++i) stop.words[i] = read(frame, kRegisters[i]);
  return stop;
}

bool returns_from(lldb::SBFrame frame, const char* function, lldb::SBTarget target) {
  return text_of(frame.GetSymbol().GetName()) == function &&
         instruction_of(target.ReadInstructions(frame.GetPCAddress(), 1).GetInstructionAtIndex(0),
                        target) == Instruction::ret;
}

}  // namespace

Ending BreakpointTracer::run(const trace::Request& request, trace::Log& log,
                             trace::Listener& listener) {
  request_ = &request;
  log_ = &log;
  listener_ = &listener;
  const SynchronousMode synchronous(debugger_);
  TracedProcess traced;
  const std::string problem = request.command.empty() ? traced.select(debugger_)
                                                      : traced.launch(debugger_, request.command);
  target_ = traced.target;
  process_ = traced.process;
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
  execution_ = execution_of(process_);
  return trace(request);
}

Ending BreakpointTracer::trace(const trace::Request& request) {
  const SilencedSignal preemption(process_, "SIGURG");
  const std::unique_ptr<TraceWatch> watch = TraceWatch::begin(process_, request.interrupted);
  if (watch == nullptr)
    return {Ending::How::unreadable,
            "another debugger of this LLDB traces: one trace at a time, as Ctrl-C ends it"};
  watch_ = watch.get();
  let_children_start();
  TracePoints points(target_, *this);
  if (points.set(request.what) == 0)
    return {Ending::How::unreadable,
            "the program has no symbols for what is to be traced; the command memmap traces its "
            "system calls"};
  if (points.others_trap())
    return {
        Ending::How::unreadable,
        "uprobes of another tracer stand in the runtime's functions and would take the hits: end "
        "that trace; the kernel takes some seconds to let go of them"};
  if (!request.until.empty() && !points.set_until(request.until))
    return {Ending::How::usage,
            fmt::format("no function {} in this program", printable(request.until))};
  points.set_ends();
  points_ = &points;
  AwakeCpus cpus;
  cpus_ = &cpus;

  prepare(request.what);
  began_ = Clock::now();
  if (request.limit) watch->limit(*request.limit);
  Ending ending{Ending::How::done, follow()};
  pushed_.show(process_);
  return ending;
}

void BreakpointTracer::prepare(const trace::Operations& what) {
  memory_.emplace(process_.GetProcessID());
  stacks_.emplace(*log_, program_.symbols(), program_.bias());
  if (program_.file().has_layout()) {
    const go::Layout& layout = program_.file().layout();
    goroutines_.emplace(*memory_, layout,
                        Address(layout[go::Global::allm].address + program_.bias()));
  }
  calls_.emplace(*memory_, program_.code(), *log_, *stacks_, what,
                 charging_of(program_.file(), program_.bias()));
}

// Until the trace ends. Hits come in hit(), while LLDB waits here.
std::string BreakpointTracer::follow() {
  for (;;) {
    const lldb::SBError error = wait_for_stop();
    if (!is_there(process_)) return TracedProcess{target_, process_}.how_it_ended();
    if (!ended_.empty()) return ended_;
    if (watch_->asked() == TraceWatch::Asked::interrupted) {
      interrupted_ = false;  // it ends the trace, not the verb
      return "interrupted";
    }
    if (watch_->asked() == TraceWatch::Asked::limit)
      return fmt::format("the time limit of {:.6g} s is over",
                         std::chrono::duration<double>(*request_->limit).count());
    if (error.Fail()) return fmt::format("LLDB could not go on: {}", text_of(error.GetCString()));
    if (std::string why = why_stopped(); !why.empty()) return why;
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
void BreakpointTracer::pass(const TracePoint& point, lldb::SBThread& thread,
                            const trace::StackRegisters& registers) {
  const auto after = registers_after(point.instruction, registers, *memory_);
  if (after && points_->breakpoints_at(registers.pc) == 1 &&
      points_->breakpoints_at(after->pc) == 0) {
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

// A process that has been left where it was about to start children: not with our breakpoints in
// it, and one after the other. LLDB (to 22) puts breakpoints back twice where two threads vfork
// together, and then cannot take them out. A thread goes on alone only from the return: before, it
// may be preempted, or wait for a thread that is held.
void BreakpointTracer::let_children_start() {
  std::vector<lldb::tid_t> starting;
  for (std::uint32_t i = 0; i < process_.GetNumThreads(); ++i) {
    lldb::SBThread thread = process_.GetThreadAtIndex(i);
    if (returns_from(thread.GetFrameAtIndex(0), kBeforeFork, target_))
      starting.push_back(thread.GetThreadID());
  }
  for (const lldb::tid_t id : starting) {
    const SuspendedThreads others(process_, id);
    lldb::SBBreakpoint after = target_.BreakpointCreateByName(kAfterFork);
    wait_for_stop();
    target_.BreakpointDelete(after.GetID());
  }
}

lldb::SBError BreakpointTracer::wait_for_stop() {
  watch_->waits(true);
  const lldb::SBError error = process_.Continue();
  watch_->waits(false);
  return error;
}

trace::FunctionStop BreakpointTracer::record(const TracePoint& point, lldb::SBThread& thread) {
  trace::FunctionStop stop = stop_of(point, thread);
  stop.nanoseconds =
      static_cast<std::uint64_t>((Clock::now() - began_) / std::chrono::nanoseconds(1));
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
          foreign |= !points_->is_ours(static_cast<lldb::break_id_t>(
              thread.GetStopReasonDataAtIndex(static_cast<std::uint32_t>(at))));
        if (!foreign) continue;
        return fmt::format("stopped at {}", text.data());
      }
      case lldb::eStopReasonSignal:
        if (TracedProcess{target_, process_}.was_killed()) return {};
        return fmt::format("thread {} stopped: {}", thread.GetThreadID(), text.data());
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
  if (!is_there(process_) || replaced_) return nullptr;
  return std::make_unique<LldbSource>(target_, interrupted_);
}

}  // namespace memmap
