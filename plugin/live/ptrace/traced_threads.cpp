#include "live/ptrace/traced_threads.h"

#include <unistd.h>

#include <fmt/format.h>

namespace memmap {
namespace {

long request(__ptrace_request what, pid_t tid, std::uintptr_t data = 0) {
  return ptrace(what, tid, nullptr, reinterpret_cast<void*>(data));
}

}  // namespace

TracedThread& TracedThreads::thread(pid_t tid) {
  const auto [at, is_new] = threads_.try_emplace(tid);
  if (is_new) {
    at->second.foreign = access(fmt::format("/proc/{}/task/{}", pid_, tid).c_str(), F_OK) != 0;
    if (at->second.foreign) ++foreign_seen_;
  }
  return at->second;
}

void TracedThreads::go_on(pid_t tid, Going how, int signal) {
  thread(tid).held = false;
  request(how == Going::to_syscall ? PTRACE_SYSCALL : PTRACE_CONT, tid, static_cast<std::uintptr_t>(signal));
}

void TracedThreads::listen(pid_t tid) { request(PTRACE_LISTEN, tid); }

void TracedThreads::hold(pid_t tid, int signal) {
  TracedThread& held = thread(tid);
  held.held = true;
  held.signal = signal;
}

void TracedThreads::interrupt_running() {
  for (const auto& [tid, thread] : threads_)
    if (!thread.held && !thread.foreign) request(PTRACE_INTERRUPT, tid);
}

pid_t TracedThreads::any_held() const {
  for (const auto& [tid, thread] : threads_)
    if (thread.held) return tid;
  return 0;
}

void TracedThreads::go_on_held() {
  for (const auto& [tid, thread] : threads_)
    if (thread.held) go_on(tid, Going::freely, thread.signal);
}

bool TracedThreads::all_held() const {
  for (const auto& [tid, thread] : threads_)
    if (!thread.held && !thread.foreign) return false;
  return true;
}

void TracedThreads::drop_ended() {
  std::erase_if(threads_,
                [](const auto& entry) { return access(fmt::format("/proc/{}", entry.first).c_str(), F_OK) != 0; });
}

void TracedThreads::detach_all() {
  for (const auto& [tid, thread] : threads_)
    request(PTRACE_DETACH, tid, static_cast<std::uintptr_t>(thread.held ? thread.signal : 0));
  threads_.clear();
}

std::optional<user_regs_struct> TracedThreads::registers(pid_t tid) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0) return std::nullopt;
  return registers;
}

}  // namespace memmap
