// Hits of uprobes with the goroutine that the thread works for at that moment, which nobody could
// read afterwards: m.curg may be another by then. A program (BPF) reads it in the kernel, and the
// callers, faster than the kernel's own way to them, and writes the hit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "live/uprobe/perf_ring.h"

namespace memmap {

// The way from a thread to the id of its goroutine, offsets in bytes: g, whose address lies below
// FS base (current_goroutine() in go/), g.m, m.curg, and its goid.
struct GoroutinePath {
  std::int32_t fs_base = 0;  // in the kernel's record of the thread; HitProgram finds it
  std::int32_t g_m = 0;
  std::int32_t m_curg = 0;
  std::int32_t g_goid = 0;
};

class HitProgram {
 public:
  // Empty, or why there is none, as a sentence: it needs CAP_SYS_ADMIN and a kernel that lets
  // programs read a process's memory (5.5). `wanted` is what hits are to have.
  std::string open(const std::vector<PerfRing>& rings, std::span<const HitParts> wanted,
                   const std::optional<GoroutinePath>& path);
  bool is_open() const { return !ways_.empty(); }
  // Empty, or why hits have no goroutine: there is no path, or the kernel does not describe its own
  // types (BTF, /sys/kernel/btf/vmlinux).
  const std::string& why_no_goroutines() const { return why_no_goroutines_; }
  // From here on each hit of the probe, an event of the kernel's uprobes for all processes and any
  // one CPU, is in the ring of the CPU on which it came; those with callers have their goroutine.
  // False where errno says why.
  bool attach(const FileDescriptor& probe, HitParts parts) const;
  // From here on none is. How many could not be written until now.
  std::uint64_t stop();

  // Adds to a hit what the program has written, and what the kernel behind it.
  static void add_parts(ProbeHit& hit, std::span<const std::byte> rest);

 private:
  struct Way {
    HitParts parts;
    FileDescriptor program;
    FileDescriptor outputs;  // which event is of which CPU
    std::vector<FileDescriptor> events;
  };
  const Way* way(HitParts parts) const;
  std::string add_way(HitParts parts, const std::vector<PerfRing>& rings);
  bool open_outputs(Way& way, const std::vector<PerfRing>& rings);

  std::optional<GoroutinePath> path_;
  std::string why_no_goroutines_;
  FileDescriptor lost_;     // an array of one number, and
  FileDescriptor stopped_;  // another: 1 after stop()
  std::vector<Way> ways_;   // one for each choice of parts
};

}  // namespace memmap
