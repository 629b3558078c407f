#include "report/file_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace memmap {
namespace {

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) != nullptr ? std::string(resolved) : path;
}

mode_t usual_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

}  // namespace

FileOutput::FileOutput(const std::string& path, unsigned width) : shown_(path), path_(real_path(path)), width_(width) {
  struct stat present {};
  const bool exists = ::stat(path_.c_str(), &present) == 0;
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
  temporary_ = path_ + ".XXXXXX";
  descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    temporary_.clear();
    fail("write");
    return;
  }
  static_cast<void>(::fchmod(descriptor_, exists ? present.st_mode & 07777 : usual_mode()));
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
