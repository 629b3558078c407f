// What the kernel writes down on one CPU: hits of uprobes, in a ring of pages that it shares.
#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "process/file_descriptor.h"

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
  std::span<const std::byte> callers;  // return addresses, words: on top of the stack, then as RBP leads
  std::span<const std::byte> stack;    // from sp on
  std::uint64_t goroutine = 0;         // its id; 0 where there is none, or nobody has looked
};

// What is wanted of a hit besides its registers.
struct HitParts {
  bool callers = false;  // and the goroutine
  bool stack = false;
  bool operator==(const HitParts&) const = default;
};

// An event of all processes on one CPU. Not valid where errno says why.
FileDescriptor open_event(const perf_event_attr& attributes, int cpu);

// What every event of a hit has, and what one has that the kernel fills.
perf_event_attr hit_attributes();
perf_event_attr kernel_hit_attributes(HitParts parts);

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
  // Of what has been taken out: when the next was, and the next itself, which must be there: who
  // and when, and behind it, in `rest`, what its event was asked for.
  std::optional<std::uint64_t> time_of_next();
  ProbeHit take_next(std::span<const std::byte>& rest);
  // Adds to a hit what kernel_hit_attributes() has asked for.
  static void add_parts(ProbeHit& hit, std::span<const std::byte> rest);

 private:
  int cpu_ = 0;
  FileDescriptor leader_;
  std::byte* pages_ = nullptr;      // the first is perf_event_mmap_page
  std::vector<std::byte> records_;  // taken out
  std::size_t at_ = 0;              // of the first that has not been handed on
};

}  // namespace memmap
