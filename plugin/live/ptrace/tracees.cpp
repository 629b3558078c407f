#include "live/ptrace/tracees.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "process/proc/proc.h"

namespace memmap {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{5};

long request(__ptrace_request what, std::uint64_t tid, std::uintptr_t data = 0) {
  return ptrace(what, static_cast<pid_t>(tid), nullptr, reinterpret_cast<void*>(data));
}

// A thread that ended and is still listed, as the main thread is while others run, answers EPERM.
bool ended(std::uint64_t pid, std::uint64_t tid, int error) {
  if (error == ESRCH) return true;
  const auto status = read_status(fmt::format("/proc/{}/task/{}", pid, tid));
  return !status || status->state == 'Z' || status->state == 'X';
}

bool has_ended(const siginfo_t& info) {
  return info.si_pid != 0 && (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
}

// An execve waits until its traced siblings are reaped. The main thread it does not wait for, and
// that one may be a child of ours whose end is somebody else's business. Looks first: of a traced
// thread waitid takes stops too, whether asked for or not (wait_task_stopped in kernel/exit.c).
void reap_if_ended(std::uint64_t pid, std::uint64_t tid) {
  constexpr int kEnded = WEXITED | WNOHANG | __WALL;
  siginfo_t info{};
  if (tid == pid) return;
  if (waitid(P_PID, static_cast<id_t>(tid), &info, kEnded | WNOWAIT) == 0 && has_ended(info))
    waitid(P_PID, static_cast<id_t>(tid), &info, kEnded);
}

Thread thread_registers(std::uint64_t tid) {
  Thread thread;
  thread.tid = tid;
#ifdef __x86_64__
  user_regs_struct registers{};
  iovec buffer{&registers, sizeof registers};
  const long error =
      ptrace(PTRACE_GETREGSET, static_cast<pid_t>(tid), reinterpret_cast<void*>(std::uintptr_t{NT_PRSTATUS}), &buffer);
  // A 32-bit process on a 64-bit kernel answers with a smaller set.
  if (error != 0 || buffer.iov_len != sizeof registers) return thread;
  thread.stack_pointer = Address(registers.rsp);
  thread.program_counter = Address(registers.rip);
  thread.thread_pointer = Address(registers.fs_base);
#endif
  return thread;
}

}  // namespace

std::string refusal(std::uint64_t pid, int error) {
  const std::optional<ProcStatus> status = read_status(fmt::format("/proc/{}", pid));
  if (!status || status->state == 'Z' || status->state == 'X')
    return fmt::format("process {} ended while it was being stopped", pid);
  if (status->tracer != 0)
    return fmt::format("process {} is traced by process {}; memmap cannot stop it", pid, status->tracer);
  if (error == EPERM)
    return fmt::format(
        "no permission to stop process {} (it belongs to user {}, or the system forbids tracing: "
        "see /proc/sys/kernel/yama/ptrace_scope)",
        pid, status->uid);
  return fmt::format("process {} cannot be stopped: {}", pid, strerror(error));
}

void Tracees::reap_ended(std::uint64_t pid) {
  for (const std::uint64_t tid : task_list(pid)) reap_if_ended(pid, tid);
}

std::string Tracees::stop_all() {
  // A thread that runs can start another while we seize the rest; what is new is found by
  // looking again once all known ones stand still.
  for (bool found_new = true;;) {
    if (std::string why = seize_new(found_new); !why.empty()) return why;
    if (!found_new) break;
    if (std::string why = await_all(); !why.empty()) return why;
  }
  for (const auto& [tid, tracee] : tracees_)
    if (tracee.state == State::stopped) return {};
  return fmt::format("process {} ended while it was being stopped", pid_);
}

std::string Tracees::seize_new(bool& found_new) {
  found_new = false;
  const std::vector<std::uint64_t> tids = task_list(pid_);
  if (tids.empty()) return fmt::format("process {} ended while it was being stopped", pid_);
  for (const std::uint64_t tid : tids) {
    // One that is gone may be here again: execve gives the main thread's id to its caller.
    const auto known = tracees_.find(tid);
    if (known != tracees_.end() && known->second.state != State::gone) continue;
    // No PTRACE_O_EXITKILL: our death must not be the target's.
    if (request(PTRACE_SEIZE, tid) != 0) {
      const int error = errno;
      if (!ended(pid_, tid, error)) return refusal(pid_, error);
      tracees_[tid].state = State::gone;
      continue;
    }
    tracees_[tid] = {};
    found_new = true;
  }
  interrupt_all();
  return {};
}

void Tracees::interrupt_all() {
  for (const auto& [tid, tracee] : tracees_)
    if (tracee.state == State::running) request(PTRACE_INTERRUPT, tid);
}

// Polls instead of waiting for any thread: only waitid with WNOWAIT leaves a stop unconsumed,
// and a stop that was consumed takes its signal with it if we are killed before detach.
std::string Tracees::await_all() {
  const Clock::time_point limit = Clock::now() + kPatience;
  for (unsigned round = 0;; ++round) {
    std::uint64_t running = 0;
    for (auto& [tid, tracee] : tracees_) {
      if (tracee.state == State::running) look_at(tid, tracee);
      if (tracee.state == State::running) running = tid;
    }
    if (running == 0) return {};
    if (Clock::now() > limit)
      return fmt::format("thread {} of process {} does not stop: it waits in the kernel", running, pid_);
    // Again for a thread that has another id since its execve.
    if (round % 16 == 15) interrupt_all();
    const unsigned microseconds = std::min(20u << std::min(round, 6u), 500u);
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  }
}

void Tracees::look_at(std::uint64_t tid, Tracee& tracee) {
  constexpr int kAny = WSTOPPED | WEXITED | WNOHANG | __WALL;
  siginfo_t info{};
  if (waitid(P_PID, static_cast<id_t>(tid), &info, kAny | WNOWAIT) != 0) {
    // ECHILD: another thread's execve has taken its place.
    if (errno != EINTR) tracee.state = State::gone;
    return;
  }
  if (info.si_pid == 0) return;
  if (has_ended(info)) {
    reap_if_ended(pid_, tid);
    tracee.state = State::gone;
    return;
  }
  tracee.state = State::stopped;
  // PTRACE_EVENT_STOP is our interrupt, or a SIGSTOP that held the process before us and goes
  // on holding it after. Anything else is a signal that waits to be delivered.
  const bool event = info.si_status >> 8 != 0;
  tracee.signal = event ? 0 : info.si_status;
}

std::vector<Thread> Tracees::registers() const {
  std::vector<Thread> threads;
  for (const auto& [tid, tracee] : tracees_)
    if (tracee.state == State::stopped) threads.push_back(thread_registers(tid));
  const auto main_thread =
      std::find_if(threads.begin(), threads.end(), [this](const Thread& t) { return t.tid == pid_; });
  if (main_thread != threads.end()) std::rotate(threads.begin(), main_thread, main_thread + 1);
  return threads;
}

void Tracees::detach_all() {
  // One that still runs cannot be detached; it goes free when the tracer thread ends.
  for (const auto& [tid, tracee] : tracees_)
    if (tracee.state == State::stopped) request(PTRACE_DETACH, tid, static_cast<std::uintptr_t>(tracee.signal));
  tracees_.clear();
}

}  // namespace memmap
