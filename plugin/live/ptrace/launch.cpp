#include "live/ptrace/launch.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include <fmt/format.h>

namespace memmap {
namespace {

constexpr std::uint32_t kSetVma = 0x53564d41;  // PR_SET_VMA

constexpr sock_filter load_word(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}
constexpr sock_filter answer(std::uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }
constexpr sock_filter skip_if(std::uint32_t value, std::uint8_t equal, std::uint8_t other) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, equal, other);
}

// A 32-bit or x32 program passes unseen: its calls have other numbers.
constexpr std::array kFilter = {
    load_word(offsetof(seccomp_data, arch)),
    skip_if(AUDIT_ARCH_X86_64, 0, 9),
    load_word(offsetof(seccomp_data, nr)),
    skip_if(SYS_mmap, 8, 0),
    skip_if(SYS_madvise, 7, 0),
    skip_if(SYS_munmap, 6, 0),
    skip_if(SYS_mprotect, 5, 0),
    skip_if(SYS_mremap, 4, 0),
    skip_if(SYS_brk, 3, 0),
    skip_if(SYS_exit_group, 2, 0),
    skip_if(SYS_prctl, 2, 0),
    answer(SECCOMP_RET_ALLOW),
    answer(SECCOMP_RET_TRACE),
    load_word(offsetof(seccomp_data, args)),
    skip_if(kSetVma, 0, 1),
    answer(SECCOMP_RET_TRACE),
    answer(SECCOMP_RET_ALLOW),
};
static_assert(kFilter.size() == 17);

enum class Step : std::uint8_t { filter, execve };
struct Problem {
  Step step;
  int error;
};

bool install_filter() {
  std::array<sock_filter, kFilter.size()> code = kFilter;
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  const auto install = [&] { return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0; };
  if (install()) return true;
  // Without CAP_SYS_ADMIN the kernel asks for this: setuid programs get no more rights.
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install();
}

// In the child: only what is safe there after fork.
void become(char* const* words, int wait, int problem) {
  const auto fail = [&](Step step) {
    const Problem what{step, errno};
    [[maybe_unused]] const ssize_t written = write(problem, &what, sizeof what);
    _exit(127);
  };
  char nothing = 0;
  while (read(wait, &nothing, 1) < 0 && errno == EINTR) {
  }
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!install_filter()) fail(Step::filter);
  execvp(words[0], words);
  fail(Step::execve);
}

}  // namespace

Launch::~Launch() {
  if (go_on_ >= 0) close(go_on_);
  if (problem_ >= 0) close(problem_);
}

std::string Launch::prepare(const std::vector<std::string>& command) {
  program_ = command.front();
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int wait[2];
  int problem[2];
  if (pipe2(wait, O_CLOEXEC) != 0 || pipe2(problem, O_CLOEXEC) != 0)
    return fmt::format("no pipe for a new process: {}", strerror(errno));
  pid_ = fork();
  if (pid_ == 0) {
    close(wait[1]);
    become(words.data(), wait[0], problem[1]);
  }
  close(wait[0]);
  close(problem[1]);
  go_on_ = wait[1];
  problem_ = problem[0];
  return pid_ < 0 ? fmt::format("no new process: {}", strerror(errno)) : std::string();
}

void Launch::start() {
  close(go_on_);
  go_on_ = -1;
}

std::string Launch::failure() {
  Problem what{};
  if (read(problem_, &what, sizeof what) != sizeof what) return {};
  if (what.step == Step::filter) return fmt::format("the kernel takes no seccomp filter: {}", strerror(what.error));
  return fmt::format("{} cannot be started: {}", program_, strerror(what.error));
}

}  // namespace memmap
