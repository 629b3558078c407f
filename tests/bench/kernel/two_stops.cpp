// What the kernel alone takes of a call traced by ptrace: a program is started as `memmap trace
// run` does it, and each of its calls is asked for its registers, its result and no more.
//   two_stops PROGRAM WORDS
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>

#include "live/ptrace/awake_cpus.h"
#include "live/ptrace/launch.h"

namespace memmap {
namespace {

constexpr std::uintptr_t kOptions =
    PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

void go_on(pid_t tid, __ptrace_request how, int signal = 0) {
  ptrace(how, tid, nullptr, reinterpret_cast<void*>(std::uintptr_t(signal)));
}

void on_stop(pid_t tid, int status) {
  const int event = status >> 16;
  if (event == PTRACE_EVENT_SECCOMP) {
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, tid, nullptr, &registers);
    return go_on(tid, PTRACE_SYSCALL);
  }
  if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, tid, reinterpret_cast<void*>(sizeof info), &info);
    return go_on(tid, PTRACE_CONT);
  }
  go_on(tid, PTRACE_CONT, event == 0 ? WSTOPSIG(status) : 0);
}

int run(const std::vector<std::string>& command) {
  Launch launch;
  const std::string why = launch.prepare(command);
  if (!why.empty() || ptrace(PTRACE_SEIZE, launch.pid(), nullptr, reinterpret_cast<void*>(kOptions)) != 0) {
    std::fprintf(stderr, "two_stops: %s\n", why.empty() ? "no tracing here" : why.c_str());
    return 1;
  }
  launch.start();
  AwakeCpus cpus;
  int status = 0;
  for (pid_t tid = 0; (tid = waitpid(-1, &status, __WALL)) > 0; cpus.stop_came()) {
    if (WIFSTOPPED(status))
      on_stop(tid, status);
    else if (tid == launch.pid())
      return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  return 1;
}

}  // namespace
}  // namespace memmap

int main(int count, char** words) {
  if (count < 2) return 64;
  return memmap::run({words + 1, words + count});
}
