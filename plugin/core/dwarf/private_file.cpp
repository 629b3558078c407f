#include "dwarf/private_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "process/file_descriptor.h"

namespace memmap {

std::shared_ptr<PrivateFile> PrivateFile::open(const std::string& path) {
  // Not blocking: a named pipe would wait for a writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (!file.valid() || fstat(file.get(), &status) != 0) return nullptr;
  if (!S_ISREG(status.st_mode) || status.st_size <= 0) return nullptr;
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (at == MAP_FAILED) return nullptr;
  return std::shared_ptr<PrivateFile>(new PrivateFile({static_cast<std::byte*>(at), size}));
}

PrivateFile::~PrivateFile() { munmap(bytes_.data(), bytes_.size()); }

}  // namespace memmap
