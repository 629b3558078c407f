#include "process/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "process/file_descriptor.h"

namespace memmap {

tl::expected<std::shared_ptr<const MappedFile>, std::string> MappedFile::open(const std::string& path) {
  // Not blocking: a named pipe would wait for a writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0)
    return tl::unexpected(fmt::format("cannot open {}: {}", path, strerror(errno)));
  if (S_ISDIR(status.st_mode)) return tl::unexpected(fmt::format("{} is a directory", path));
  if (!S_ISREG(status.st_mode)) return tl::unexpected(fmt::format("{} is not a regular file", path));
  if (status.st_size == 0) return tl::unexpected(fmt::format("{} is empty", path));
  const std::size_t size = static_cast<std::size_t>(status.st_size);
  void* const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
  if (at == MAP_FAILED) return tl::unexpected(fmt::format("cannot map {}: {}", path, strerror(errno)));
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const std::byte*>(at), size}));
}

MappedFile::~MappedFile() { munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace memmap
