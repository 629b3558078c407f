// Uprobes of the kernel by perf_event_open, and the rings that their hits come in.
#pragma once

#include <linux/perf_event.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "target/file_descriptor.h"

namespace memmap {

// Places in a program's file at which every process that runs it is caught.
struct UprobePlace {
  std::uint64_t offset = 0;  // in the file
  bool callers = false;      // take return addresses, too
};

// In the order of their numbers in asm/perf_regs.h, in which the kernel writes them.
struct HitRegisters {
  std::uint64_t ax, bx, cx, di, bp, sp, ip, flags;
};

struct ProbeHit {
  std::uint64_t nanoseconds = 0;  // CLOCK_MONOTONIC
  std::uint32_t pid = 0;
  std::uint32_t tid = 0;
  bool exec = false;  // no hit: the process has become another program
  HitRegisters registers{};
  // Words: PERF_CONTEXT_USER, ip, then as RBP leads; and bytes from sp on. Valid until the next
  // collect() or next().
  std::span<const std::byte> callers;
  std::span<const std::byte> stack;
};

// A ring for each CPU, with the hits of all processes: a probe for one process and its threads
// would have to be inherited, and the kernel then reads the file's path again at each clone(), out
// of the target's memory: the clone fails (EFAULT). Needs CAP_SYS_ADMIN.
class PerfRings {
 public:
  static constexpr std::size_t kStackBytes = 128;

  PerfRings() = default;
  ~PerfRings() { close(); }
  PerfRings(const PerfRings&) = delete;
  PerfRings& operator=(const PerfRings&) = delete;

  // Empty, or why there are no probes, as a sentence. `file` has to be the running program's own,
  // whatever lies at its path by now: /proc/PID/exe. It can take seconds, while the kernel lets go
  // of other probes: kInterrupted once `interrupted` is set.
  static constexpr const char* kInterrupted = "interrupted";
  std::string open(const std::string& file, std::span<const UprobePlace> places,
                   const std::atomic<bool>* interrupted = nullptr);
  // Takes over what has come in. Of one thread no hit is missing before another.
  void collect();
  // In the order of time, of what the last collect() has found.
  std::optional<ProbeHit> next();
  // Takes the probes out of the program. What they have caught can still be had.
  void stop();
  // After stop(), and the last hit: how many more the kernel has counted.
  std::uint64_t lost() const { return counted_ - seen_; }
  void close();

 private:
  struct Ring {
    FileDescriptor leader;
    std::byte* pages = nullptr;  // the first is perf_event_mmap_page
    std::vector<FileDescriptor> probes;
    std::vector<std::byte> records;  // taken over
    std::size_t at = 0;              // of the first that has not been handed out
  };
  static std::string open_ring(Ring& ring, int cpu);
  static std::string add_probe(Ring& ring, int cpu, const std::string& file,
                               const UprobePlace& place);
  static void take_over(Ring& ring);
  static std::optional<std::uint64_t> time_of_next(Ring& ring);

  std::vector<Ring> rings_;
  std::uint64_t until_ = 0;  // nanoseconds
  std::uint64_t seen_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace memmap
