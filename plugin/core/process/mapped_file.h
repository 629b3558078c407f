// A file in memory, read only and private: nothing is copied and nothing can be changed.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <tl/expected.hpp>

namespace memmap {

class MappedFile {
 public:
  // The error is a sentence for the user: "cannot open x: No such file or directory".
  static tl::expected<std::shared_ptr<const MappedFile>, std::string> open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace memmap
