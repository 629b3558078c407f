// Target from /proc/PID: for a process on this machine that somebody holds stopped, be it
// memmap itself or a debugger.
#pragma once

#include "base/findings.h"
#include "base/result.h"
#include "process/target.h"

namespace memmap {

struct ProcOptions {
  // Σ Rss of smaps, for the RSS equation. The kernel takes 10 to 20 ms for each GiB of resident
  // memory, in a thread beside the rest.
  bool resident_total = false;
  // Which pages are resident; 3 to 7 ms for each GiB.
  bool residency = true;
  // The threads with their registers, from who holds them by ptrace. Empty: they are read from
  // /proc/PID/task/T/syscall, which has no FS base.
  std::vector<Thread> threads;
};

Result<Target> open_proc(std::uint64_t pid, const ProcOptions& options, Findings& findings);

// What /proc/PID/status says. Nothing if there is no such process.
struct ProcStatus {
  char state = '?';  // R S D T t Z X …
  std::uint64_t thread_group = 0;
  std::uint64_t tracer = 0;  // tid of the tracer, 0 if none
  std::uint64_t threads = 0;
  std::uint64_t uid = 0;
  std::optional<std::uint64_t> virtual_size;  // bytes; kernel threads and zombies have none
  std::uint64_t resident = 0;                 // bytes, as the kernel's fast counters say
  std::uint64_t hugetlb = 0;                  // bytes of hugetlbfs, in no Rss
};
std::optional<ProcStatus> read_status(const std::string& proc_directory);

// The auxiliary vector of a process; empty where it cannot be read.
std::vector<AuxEntry> read_auxv(std::uint64_t pid);

// The threads of a process, ascending: the first is the main thread.
std::vector<std::uint64_t> task_list(std::uint64_t pid);

}  // namespace memmap
