#include "live/uprobe/probe_tracer.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include <fmt/format.h>

#include "live/hold/live_source.h"
#include "live/ptrace/monotonic.h"
#include "live/ptrace/ticker.h"
#include "process/proc/proc.h"

namespace memmap {

using trace::Ending;

namespace {

// Waits for the end of the process, but no longer than a tick.
bool ends(const FileDescriptor& process) {
  pollfd wanted{process.get(), POLLIN, 0};
  return poll(&wanted, 1, static_cast<int>(kTick.count())) > 0;
}

}  // namespace

Ending ProbeTracer::begin(const trace::Request& request, trace::Log& log) {
  if (const auto status = read_status(fmt::format("/proc/{}", pid_)); !status || status->state == 'Z')
    return {Ending::How::unreadable, fmt::format("no process {}", pid_)};
  if (std::string why = program_.open(pid_); !why.empty()) return {Ending::How::unreadable, why};
  if (!program_.is_go()) return {Ending::How::unreadable, fmt::format("process {} is no program of Go", pid_)};
  if (!request.until.empty() && program_.symbols()->function_named(request.until) == nullptr)
    return {Ending::How::usage, fmt::format("no function {} in this program", request.until)};
  began_ = monotonic_now();
  std::string why = probes_.open(pid_, program_, log, began_,
                                 {.what = request.what,
                                  .system_calls = true,
                                  .spared = {},
                                  .until = request.until,
                                  .interrupted = request.interrupted});
  probed_ = monotonic_now();
  const bool good = why.empty() || why == PerfRings::kInterrupted;  // run() sees the flag, too
  return {good ? Ending::How::done : Ending::How::unreadable, std::move(why)};
}

Ending ProbeTracer::run(const trace::Request& request, trace::Log& log, trace::Listener& listener) {
  const FileDescriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (const Ending problem = begin(request, log); problem.how != Ending::How::done) return problem;
  if (!process.valid()) {
    probes_.stop();
    return {Ending::How::unreadable, fmt::format("the end of process {} cannot be waited for", pid_)};
  }
  std::string sentence;
  while (sentence.empty()) {
    const bool process_ended = ends(process);
    probes_.catch_up();
    listener.heard(log);
    sentence = why_ended(request, log, process_ended);
  }
  probes_.stop();
  Ending ending{Ending::How::done, std::move(sentence)};
  ending.findings.say(Severity::note, "doors",
                      "functions of the runtime by uprobes alone; system calls of other code are not seen");
  probes_.say_what_is_missing(ending.findings);
  return ending;
}

// Empty while the trace goes on.
std::string ProbeTracer::why_ended(const trace::Request& request, const trace::Log& log, bool process_ended) {
  const std::chrono::nanoseconds elapsed(monotonic_now() - probed_);
  lookable_ = !process_ended && probes_.seen() != FunctionProbes::Seen::exec;
  switch (probes_.seen()) {
    case FunctionProbes::Seen::exec:
      return fmt::format("process {} started another program", pid_);
    case FunctionProbes::Seen::until:
      return fmt::format("{} was reached", request.until);
    case FunctionProbes::Seen::calls:
      break;
  }
  if (process_ended) return fmt::format("process {} ended", pid_);
  if (request.interrupted != nullptr && request.interrupted->exchange(false)) return "interrupted";
  if (request.limit && elapsed >= *request.limit)
    return fmt::format("the time limit of {:.6g} s is over", std::chrono::duration<double>(*request.limit).count());
  if (request.has_enough(log)) return fmt::format("--hits {} reached", request.hits);
  return {};
}

std::unique_ptr<TargetSource> ProbeTracer::target() {
  if (!lookable_) return nullptr;
  return std::make_unique<LiveSource>(pid_, LiveOptions{.resident_total = false});
}

}  // namespace memmap
