#include "live/hold/stands_here.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <optional>
#include <sstream>

#include "process/file_descriptor.h"

namespace memmap {
namespace {

std::string proc_directory(std::uint64_t pid) { return "/proc/" + std::to_string(pid); }

std::string link_text(const std::string& path) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// The same file; or the same name, where the file has been built anew since the start.
bool runs_program(std::uint64_t pid, const std::string& program) {
  const std::string exe = proc_directory(pid) + "/exe";
  struct stat running {};
  struct stat named {};
  if (stat(exe.c_str(), &running) != 0) return false;
  if (stat(program.c_str(), &named) == 0 && running.st_dev == named.st_dev && running.st_ino == named.st_ino) {
    return true;
  }
  return link_text(exe) == program + " (deleted)";
}

// The last but one word of /proc/PID/task/TID/syscall of a stopped thread.
std::optional<std::uint64_t> stack_pointer(std::uint64_t pid, std::uint64_t tid) {
  const std::optional<std::string> text = read_whole(proc_directory(pid) + "/task/" + std::to_string(tid) + "/syscall");
  if (!text) return std::nullopt;
  std::istringstream words(*text);
  std::string word, last, last_but_one;
  while (words >> word) {
    last_but_one = last;
    last = word;
  }
  if (!last_but_one.starts_with("0x")) return std::nullopt;  // "running"
  return std::stoull(last_but_one, nullptr, 16);
}

}  // namespace

bool stands_here(std::uint64_t pid, const std::string& program, std::uint64_t tid, Address stack) {
  return runs_program(pid, program) && stack_pointer(pid, tid) == stack.value();
}

}  // namespace memmap
