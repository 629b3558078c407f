#include "process/proc/proc.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"
#include "process/proc/proc_maps.h"
#include "process/proc/proc_memory.h"
#include "process/proc/residency.h"
#include "process/proc/resident_total.h"

namespace memmap {
namespace {

std::string proc_path(std::uint64_t pid, std::string_view name) { return fmt::format("/proc/{}/{}", pid, name); }

// "VmSize:\t  123 kB" → 123
std::optional<std::uint64_t> status_number(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::string link_target(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t length = readlink(path.c_str(), target.data(), target.size());
  target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return target;
}

// "202 0x… 0x… 0x… 0x… 0x… 0x… SP PC", "-1 SP PC" outside of a system call, or "running".
Thread thread_from_syscall(std::uint64_t pid, std::uint64_t tid) {
  Thread thread;
  thread.tid = tid;
  const std::optional<std::string> text = read_whole(fmt::format("/proc/{}/task/{}/syscall", pid, tid));
  if (!text) return thread;
  const std::size_t pc = text->rfind("0x");
  if (pc == std::string::npos || pc == 0) return thread;
  const std::size_t sp = text->rfind("0x", pc - 1);
  if (sp == std::string::npos) return thread;
  thread.stack_pointer = Address(std::strtoull(text->c_str() + sp, nullptr, 16));
  thread.program_counter = Address(std::strtoull(text->c_str() + pc, nullptr, 16));
  return thread;
}

Platform platform_of(const std::string& executable) {
  Platform platform;
  platform.page_size = static_cast<std::uint32_t>(sysconf(_SC_PAGESIZE));
  std::array<unsigned char, 20> head{};
  const FileDescriptor file(::open(executable.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || pread(file.get(), head.data(), head.size(), 0) != 20) return platform;
  platform.pointer_size = head[EI_CLASS] == ELFCLASS32 ? 4 : 8;
  switch (head[18] | head[19] << 8) {
    case EM_X86_64:
      platform.arch = Arch::amd64;
      break;
    case EM_AARCH64:
      platform.arch = Arch::arm64;
      break;
    case EM_386:
      platform.arch = Arch::i386;
      break;
    case EM_ARM:
      platform.arch = Arch::arm;
      break;
    default:
      platform.arch = Arch::other;
  }
  return platform;
}

void add_virtual_total(const std::optional<ProcStatus>& status, Target& target) {
  if (status && status->virtual_size) {
    target.totals.virtual_size = status->virtual_size;
    // The gate page belongs to no process: maps shows it, VmSize does not count it.
    for (const Mapping& mapping : target.mappings)
      if (mapping.file == "[vsyscall]") *target.totals.virtual_size += mapping.range.size();
  }
}

void add_resident_total(const std::optional<SmapsSum>& sum, Target& target, Findings& findings) {
  if (!sum) return findings.say(Severity::note, "no_smaps", "smaps of the process cannot be read");
  target.totals.resident = sum->resident;
  for (const SmapsMapping& huge : sum->mappings) {
    const auto mapping = std::ranges::find(target.mappings, huge.begin, [](const Mapping& m) { return m.range.begin; });
    if (huge.hugetlb && mapping != target.mappings.end()) set_hugetlb(*mapping, target.pages);
  }
}

// How well it is known which pages are resident.
void add_pages(std::uint64_t pid, Target& target, Findings& findings) {
  const bool readable = fill_residency(pid, target.mappings, target.pages);
  const auto count = [&](bool resident_known) {
    return static_cast<std::uint64_t>(std::ranges::count_if(target.mappings, [&](const Mapping& mapping) {
      return !mapping.pages_known && mapping.resident.has_value() == resident_known;
    }));
  };
  if (!readable)
    findings.say(Severity::note, "no_pagemap",
                 count(true) == 0
                     ? "pagemap of the process cannot be read; resident bytes are not known"
                     : "pagemap of the process cannot be read; resident bytes are known of whole mappings");
  else if (const std::uint64_t whole = count(true); whole != 0)
    findings.say(Severity::note, "zero_pages",
                 fmt::format("of {} only the sum of resident bytes is known: before Linux 6.7 a page that a fork has "
                             "left to parent and child looks like the page of zeros",
                             counted(whole, "mapping")));
}

}  // namespace

std::vector<AuxEntry> read_auxv(std::uint64_t pid) {
  std::vector<AuxEntry> entries;
  const std::optional<std::string> bytes = read_whole(proc_path(pid, "auxv"));
  for (std::size_t at = 0; bytes && at + sizeof(AuxEntry) <= bytes->size(); at += sizeof(AuxEntry)) {
    AuxEntry entry;
    std::memcpy(&entry, bytes->data() + at, sizeof entry);
    if (entry.type == AT_NULL) break;
    entries.push_back(entry);
  }
  return entries;
}

std::optional<ProcStatus> read_status(const std::string& proc_directory) {
  const std::optional<std::string> text = read_whole(proc_directory + "/status");
  if (!text) return std::nullopt;
  ProcStatus status;
  const std::size_t state = text->find("\nState:\t");
  if (state != std::string::npos && state + 8 < text->size()) status.state = (*text)[state + 8];
  status.thread_group = status_number(*text, "\nTgid:").value_or(0);
  status.tracer = status_number(*text, "\nTracerPid:").value_or(0);
  status.threads = status_number(*text, "\nThreads:").value_or(0);
  status.uid = status_number(*text, "\nUid:").value_or(0);
  status.virtual_size = status_number(*text, "\nVmSize:");
  if (status.virtual_size) *status.virtual_size *= 1024;
  status.resident = status_number(*text, "\nVmRSS:").value_or(0) * 1024;
  status.hugetlb = status_number(*text, "\nHugetlbPages:").value_or(0) * 1024;
  return status;
}

std::vector<std::uint64_t> task_list(std::uint64_t pid) {
  std::vector<std::uint64_t> tids;
  DIR* directory = opendir(proc_path(pid, "task").c_str());
  if (directory == nullptr) return tids;
  while (const dirent* entry = readdir(directory)) {
    const std::uint64_t tid = std::strtoull(entry->d_name, nullptr, 10);
    if (tid != 0) tids.push_back(tid);
  }
  closedir(directory);
  // The main thread first, whatever the others are numbered.
  std::sort(tids.begin(), tids.end());
  const auto main_thread = std::find(tids.begin(), tids.end(), pid);
  if (main_thread != tids.end()) std::rotate(tids.begin(), main_thread, main_thread + 1);
  return tids;
}

Result<Target> open_proc(std::uint64_t pid, const ProcOptions& options, Findings& findings) {
  const std::optional<std::string> maps = read_whole(proc_path(pid, "maps"));
  if (!maps) return fault(FaultCode::unreadable, "/proc/PID/maps");
  if (maps->empty()) return fault(FaultCode::not_found, "mappings of the process");
  std::future<std::optional<SmapsSum>> resident_total;
  const std::optional<ProcStatus> status = read_status(proc_path(pid, ""));
  if (options.resident_total || (status && status->hugetlb != 0)) resident_total = begin_resident_total(pid);
  Target target;
  target.origin = Origin::live;
  target.pid = pid;
  target.mappings = parse_maps(*maps);
  if (options.residency) add_pages(pid, target, findings);
  target.executable_file = proc_path(pid, "exe");
  target.executable = link_target(target.executable_file);
  target.platform = platform_of(target.executable_file);
  target.auxv = read_auxv(pid);
  add_virtual_total(status, target);
  target.threads = options.threads;
  if (target.threads.empty())
    for (const std::uint64_t tid : task_list(pid)) target.threads.push_back(thread_from_syscall(pid, tid));
  // Before any memory is read: that makes pages resident.
  if (resident_total.valid()) add_resident_total(resident_total.get(), target, findings);
  target.memory = std::make_shared<ProcMemory>(pid);
  return target;
}

}  // namespace memmap
