// A file in memory that may be written to without changing the file: pages written to become
// ours, the others stay shared with everyone.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace memmap {

class PrivateFile {
 public:
  // Null if it is no regular file, is empty or cannot be read.
  static std::shared_ptr<PrivateFile> open(const std::string& path);
  ~PrivateFile();
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  std::span<std::byte> bytes() { return bytes_; }

 private:
  explicit PrivateFile(std::span<std::byte> bytes) : bytes_(bytes) {}
  std::span<std::byte> bytes_;
};

}  // namespace memmap
