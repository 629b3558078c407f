// How a ptrace tracer takes hold of its process, and lets it go.
#include <sys/ptrace.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include "live/hold/live_source.h"
#include "live/ptrace/ptrace_session.h"
#include "live/ptrace/ptrace_tracer.h"
#include "live/ptrace/ticker.h"
#include "live/ptrace/tracees.h"
#include "live/uprobe/probe_tracer.h"

namespace memmap {
namespace {

using trace::Ending;

constexpr std::uintptr_t kLaunchOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                          PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
                                          PTRACE_O_EXITKILL;
constexpr std::uintptr_t kAttachOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

bool seize(pid_t tid, std::uintptr_t options) {
  return ptrace(PTRACE_SEIZE, tid, nullptr, reinterpret_cast<void*>(options)) == 0;
}

// Which tracer a process takes is known when its trace begins: a debugger may hold it.
class AttachingTracer final : public trace::Tracer {
 public:
  explicit AttachingTracer(std::uint64_t pid) : pid_(pid) {}

  Ending run(const trace::Request& request, trace::Log& log, trace::Listener& listener) override {
    const auto status = read_status(fmt::format("/proc/{}", pid_));
    const bool held = status && status->tracer != 0;
    if (request.door == trace::Door::uprobes || (held && request.door == trace::Door::automatic))
      tracer_ = std::make_unique<ProbeTracer>(pid_);
    else
      tracer_ = std::make_unique<PtraceTracer>(static_cast<pid_t>(pid_));
    return tracer_->run(request, log, listener);
  }
  std::unique_ptr<TargetSource> target() override { return tracer_->target(); }
  void release() override { tracer_->release(); }

 private:
  std::uint64_t pid_;
  std::unique_ptr<trace::Tracer> tracer_;
};

}  // namespace

Ending PtraceTracer::attach() {
  const pid_t pid = threads_.pid();
  if (const auto status = read_status(fmt::format("/proc/{}", pid)); !status || status->state == 'Z')
    return {Ending::How::unreadable, fmt::format("no process {}", pid)};
  if (std::string why = prepare_program(); !why.empty()) return {Ending::How::unreadable, why};
  if (recorder_ == nullptr) return {Ending::How::unreadable, fmt::format("process {} is no program of Go", pid)};
  if (!request_->until.empty() && program_.symbols()->function_named(request_->until) == nullptr)
    return {Ending::How::usage, no_function()};
  if (std::string why = seize_all(); !why.empty()) return {Ending::How::unreadable, why};
  gone_ = false;
  threads_.interrupt_running();
  return {};
}

// An execve of the target waits for its ended threads to be reaped, and PTRACE_SEIZE for the
// execve: so another thread of ours reaps meanwhile.
std::string PtraceTracer::seize_all() {
  std::atomic<bool> seized = false;
  const auto pid = static_cast<std::uint64_t>(threads_.pid());
  std::thread reaper([&] {
    while (!seized) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      if (!seized) Tracees::reap_ended(pid);
    }
  });
  std::string why;
  for (bool found_new = true; found_new && why.empty();) {
    found_new = false;
    for (const std::uint64_t id : task_list(pid)) {
      const auto tid = static_cast<pid_t>(id);
      if (threads_.has(tid)) continue;
      if (seize(tid, kAttachOptions))
        found_new = true;
      else if (errno != ESRCH && id == pid)
        why = refusal(pid, errno);
      else
        continue;
      if (why.empty()) threads_.thread(tid);
    }
  }
  seized = true;
  reaper.join();
  return why.empty() && threads_.empty() ? fmt::format("no process {}", pid) : why;
}

Ending PtraceTracer::launch() {
  if (std::string why = launch_.prepare(request_->command); !why.empty()) return {Ending::How::unreadable, why};
  threads_ = TracedThreads(launch_.pid());
  threads_.thread(launch_.pid());
  gone_ = false;
  if (!seize(launch_.pid(), kLaunchOptions))
    return {Ending::How::unreadable, fmt::format("a new process cannot be traced: {}", strerror(errno))};
  launch_.start();
  return {};
}

std::unique_ptr<TargetSource> PtraceTracer::target() {
  if (gone_ || !lookable_ || !ending_) return nullptr;
  return std::make_unique<LiveSource>(static_cast<std::uint64_t>(threads_.pid()), LiveOptions{.resident_total = false});
}

void PtraceTracer::release() {
  if (gone_) return;
  if (attached_) {
    threads_.detach_all();
    gone_ = true;
    return;
  }
  if (exiting_ == 0 && !replaced_) kill(threads_.pid(), SIGKILL);
  drain();
}

// What cannot be let go runs on to its end, and nothing of it is recorded. The thread that ends the
// process does so for all others: they make no call after the trace.
void PtraceTracer::drain() {
  const Ticker ticker(kTick);
  recorder_.reset();
  draining_ = true;
  ending_ = false;
  if (exiting_ != 0)
    threads_.go_on(exiting_, Going::freely);
  else
    threads_.go_on_held();
  while (!gone_) {
    follow();
    if (take_interrupt()) kill(threads_.pid(), SIGKILL);
  }
}

std::unique_ptr<trace::Tracer> launching_tracer() { return std::make_unique<PtraceTracer>(0); }

std::unique_ptr<trace::Tracer> attaching_tracer(std::uint64_t pid) { return std::make_unique<AttachingTracer>(pid); }

}  // namespace memmap
