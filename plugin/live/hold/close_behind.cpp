#include "live/hold/close_behind.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>

namespace memmap {
namespace {

// All files but `kept`, which is in order.
void close_others(std::span<const int> kept) {
  unsigned first = 0;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number > first) syscall(SYS_close_range, first, number - 1, 0);
    first = number + 1;
  }
  syscall(SYS_close_range, first, ~0U, 0);
}

}  // namespace

void close_behind(std::vector<FileDescriptor> files) {
  int ends[2];
  if (files.empty() || pipe2(ends, O_CLOEXEC) != 0) return;
  const FileDescriptor ours_closed(ends[0]);
  const FileDescriptor ours_open(ends[1]);
  std::vector<int> kept{ours_closed.get()};
  for (const FileDescriptor& file : files) kept.push_back(file.get());
  std::ranges::sort(kept);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0);  // the other is nobody's child
    close_others(kept);
    char nothing = 0;
    while (read(ours_closed.get(), &nothing, 1) < 0 && errno == EINTR) {
    }
    _exit(0);
  }
  while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  files.clear();
}

}  // namespace memmap
