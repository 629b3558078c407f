#include "process/file_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace memmap {

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string> read_whole(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  // Files of /proc have no size. A large buffer saves calls: maps is cut at whole lines anyway.
  std::string text;
  std::size_t filled = 0;
  for (;;) {
    if (text.size() - filled < 65536) text.resize(text.size() + (filled < (1U << 20) ? 131072 : text.size()));
    const ssize_t got = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace memmap
