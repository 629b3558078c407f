// What the kernel writes down on one CPU: hits of uprobes, in a ring of pages that it shares.
#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "target/file_descriptor.h"

namespace memmap {

// In the order of their numbers in asm/perf_regs.h, in which the kernel writes them.
struct HitRegisters {
  std::uint64_t ax, bx, cx, di, bp, sp, ip, flags;
};

struct ProbeHit {
  static constexpr std::size_t kStackBytes = 128;

  std::uint64_t nanoseconds = 0;  // CLOCK_MONOTONIC
  std::uint32_t pid = 0;
  std::uint32_t tid = 0;
  bool exec = false;  // no hit: the process has become another program
  HitRegisters registers{};
  // Valid until the ring's next take_over().
  std::span<const std::byte> callers;  // words: PERF_CONTEXT_USER, ip, then as RBP leads
  std::span<const std::byte> raw;      // what came with it (PERF_SAMPLE_RAW)
  std::span<const std::byte> stack;    // from sp on
};

// An event of all processes on one CPU. Not valid where errno says why.
FileDescriptor open_event(const perf_event_attr& attributes, int cpu);

// What is asked of the kernel for a hit, by whichever event it comes.
perf_event_attr hit_attributes(bool callers);

class PerfRing {
 public:
  PerfRing() = default;
  ~PerfRing();
  PerfRing(PerfRing&& other) noexcept;
  PerfRing(const PerfRing&) = delete;
  PerfRing& operator=(const PerfRing&) = delete;

  // False where errno says why.
  bool open(int cpu);
  int cpu() const { return cpu_; }
  // Of a disabled or enabled event of this CPU: its records come into this ring, too.
  bool join(const FileDescriptor& event) const;

  // Takes out what the kernel has written.
  void take_over();
  // Of what has been taken out: when the next was, and the next itself, which must be there.
  std::optional<std::uint64_t> time_of_next();
  ProbeHit take_next();

 private:
  int cpu_ = 0;
  FileDescriptor leader_;
  std::byte* pages_ = nullptr;      // the first is perf_event_mmap_page
  std::vector<std::byte> records_;  // taken out
  std::size_t at_ = 0;              // of the first that has not been handed on
};

}  // namespace memmap
