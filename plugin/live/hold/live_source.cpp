#include "live/hold/live_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "process/file_descriptor.h"

namespace memmap {
namespace {

// Why this pid cannot be a target at all, before anything is done to it.
std::string objection(std::uint64_t pid, const std::optional<ProcStatus>& status) {
  if (!status) return fmt::format("no process {}", pid);
  if (status->thread_group != pid) return fmt::format("{} is a thread of process {}", pid, status->thread_group);
  if (status->state == 'Z' && status->threads > 1)
    return fmt::format(
        "the main thread of process {} has ended, and the kernel shows its memory "
        "through no other",
        pid);
  if (status->state == 'Z' || status->state == 'X')
    return fmt::format("process {} has ended (a zombie: its memory is gone)", pid);
  if (!status->virtual_size) return fmt::format("process {} is a kernel thread: it has no memory of its own", pid);
  if (pid == static_cast<std::uint64_t>(getpid())) return "memmap cannot stop itself";
  return {};
}

std::string name_of(std::uint64_t pid) {
  std::string name = read_whole(fmt::format("/proc/{}/comm", pid)).value_or("");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

// Every thread in a tracing stop ('t'), or ended.
bool all_held(std::uint64_t pid) {
  for (const std::uint64_t tid : task_list(pid)) {
    const auto status = read_status(fmt::format("/proc/{}/task/{}", pid, tid));
    if (status && status->state != 't' && status->state != 'Z' && status->state != 'X') return false;
  }
  return true;
}

}  // namespace

LiveSource::LiveSource(std::uint64_t pid, LiveOptions options) : pid_(pid), options_(options), before_(program()) {}

std::string LiveSource::executable_file() const { return fmt::format("/proc/{}/exe", pid_); }

LiveSource::Program LiveSource::program() const {
  struct stat file {};
  if (::stat(executable_file().c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino};
}

bool LiveSource::take_hold() {
  const std::optional<ProcStatus> status = read_status(fmt::format("/proc/{}", pid_));
  failure_ = objection(pid_, status);
  if (!failure_.empty()) return false;
  if (status->tracer == 0) {
    failure_ = stop_.stop(pid_);
    return failure_.empty();
  }
  if (all_held(pid_)) return true;
  failure_ = fmt::format("process {} is running under {} (process {}): stop it there first", pid_,
                         name_of(status->tracer), status->tracer);
  return false;
}

Result<Target> LiveSource::open(Findings& findings) {
  if (!take_hold()) return fault(FaultCode::unreadable, "process");
  if (program() != before_) {
    close();
    failure_ = fmt::format("process {} started another program while it was being stopped", pid_);
    return fault(FaultCode::implausible, "process");
  }
  ProcOptions options;
  options.resident_total = options_.resident_total;
  options.threads = stop_.threads();
  Result<Target> target = open_proc(pid_, options, findings);
  if (!target) {
    close();
    const std::optional<ProcStatus> status = read_status(fmt::format("/proc/{}", pid_));
    failure_ = status && status->virtual_size ? fmt::format("no permission to read process {}", pid_)
                                              : fmt::format("process {} ended while it was being stopped", pid_);
  }
  return target;
}

}  // namespace memmap
