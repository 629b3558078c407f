// Starts a program that stops for its tracer at requests for memory and nowhere else.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace memmap {

// The program waits before its execve until start(). A seccomp filter answers its mmap, munmap,
// mremap, madvise, mprotect, brk, exit_group and prctl(PR_SET_VMA) with SECCOMP_RET_TRACE; all
// others run at full speed. The filter outlives every tracer, and without one these calls fail
// with ENOSYS: whoever traces must stay, or end the program.
class Launch {
 public:
  Launch() = default;
  ~Launch();
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  // Empty, or why not as a sentence.
  std::string prepare(const std::vector<std::string>& command);
  pid_t pid() const { return pid_; }
  void start();
  // After the process has ended: why it did not become the program, as a sentence. Empty if it did.
  std::string failure();

 private:
  std::string program_;
  pid_t pid_ = 0;
  int go_on_ = -1;    // closing it starts the program
  int problem_ = -1;  // where the child says what failed
};

}  // namespace memmap
