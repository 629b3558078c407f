// A file that is gone when the test is over.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <span>
#include <string>

namespace memmap::test {

class TempFile {
 public:
  explicit TempFile(std::span<const std::byte> bytes) {
    const int file = ::mkstemp(path_.data());
    if (file >= 0) ::close(file);
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { ::unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/memmap-test-XXXXXX";
};

}  // namespace memmap::test
