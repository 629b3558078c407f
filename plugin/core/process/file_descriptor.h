// Owns a file descriptor, and reads a file of /proc whole.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace memmap {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// Nothing if it cannot be opened or read; errno then says why.
std::optional<std::string> read_whole(const std::string& path);

}  // namespace memmap
