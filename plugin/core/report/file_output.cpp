#include "report/file_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <random>
#include <string_view>

#include "base/text.h"

namespace memmap {
namespace {

constexpr int kMostLinks = 40;  // the kernel's own limit

// Where bytes written to `path` land: links are followed by hand, because the last may lead to a file that is
// still to be made, of which realpath knows nothing. Empty, with errno set, where links run in a circle.
std::string end_of_links(std::string path) {
  char leads_to[PATH_MAX];
  for (int links = 0; links < kMostLinks; ++links) {
    const ssize_t length = ::readlink(path.c_str(), leads_to, sizeof(leads_to));
    if (length < 0) return path;  // no link
    const std::string_view next(leads_to, static_cast<std::size_t>(length));
    const std::size_t slash = path.rfind('/');
    if (next.starts_with('/') || slash == std::string::npos)
      path = next;
    else
      path.replace(slash + 1, std::string::npos, next);
  }
  errno = ELOOP;
  return {};
}

// A file of a name that is free, "PATH.k3x9ab". `mode` is narrowed by the umask as for any new file: the kernel
// does that, since to ask for the umask is to change it, for every thread of the debugger.
int make_beside(const std::string& path, mode_t mode, std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = path + '.';
    for (int i = 0; i < 6; ++i) name += kLetters[random() % kLetters.size()];
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

}  // namespace

FileOutput::FileOutput(const std::string& path, unsigned width)
    : shown_(path), path_(end_of_links(path)), width_(width) {
  struct stat present {};
  const bool exists = !path_.empty() && ::stat(path_.c_str(), &present) == 0;
  if (exists && S_ISDIR(present.st_mode)) {
    errno = EISDIR;
    fail("write");
    return;
  }
  if (exists && !S_ISREG(present.st_mode)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("write");
    return;
  }
  // What replaces a file that few may read is never readable by more.
  if (!path_.empty()) descriptor_ = make_beside(path_, exists ? 0600 : 0666, temporary_);
  if (descriptor_ < 0) {
    temporary_.clear();
    fail("write");
    return;
  }
  if (exists) static_cast<void>(::fchmod(descriptor_, present.st_mode & 07777));
}

FileOutput::~FileOutput() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void FileOutput::fail(const char* what) {
  problem_ = fmt::format("cannot {} {}: {}.", what, printable(shown_), std::strerror(errno));
}

bool FileOutput::write(std::string_view text) {
  while (!text.empty() && problem_.empty()) {
    const ssize_t done = ::write(descriptor_, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0)
      fail("write");
    else
      text.remove_prefix(static_cast<std::size_t>(done));
  }
  return problem_.empty();
}

bool FileOutput::commit() {
  if (!problem_.empty()) return false;
  const int closing = descriptor_;
  descriptor_ = -1;
  if (::close(closing) != 0) {
    fail("write");
    return false;
  }
  if (temporary_.empty()) return true;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("replace");
    return false;
  }
  temporary_.clear();
  return true;
}

}  // namespace memmap
