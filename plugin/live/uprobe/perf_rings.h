// Uprobes of the kernel by perf_event_open, and the rings that their hits come in.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "live/uprobe/hit_program.h"
#include "live/uprobe/perf_ring.h"

namespace memmap {

// Places in a program's file at which every process that runs it is caught.
struct UprobePlace {
  std::uint64_t offset = 0;  // in the file
  HitParts parts;
};

// Who writes hits: a program in the kernel, with the goroutine where there is a path to it; or,
// where it takes none or is not to, the kernel itself.
struct Writing {
  std::optional<GoroutinePath> path;
  bool by_kernel = false;
};

// A ring for each CPU, with the hits of all processes: a probe for one process and its threads
// would have to be inherited, and the kernel then reads the file's path again at each clone(), out
// of the target's memory: the clone fails (EFAULT). Needs CAP_SYS_ADMIN. Where it can, a program in
// the kernel writes the hits: it knows the goroutine, and needs one probe for a place, not one for
// each CPU.
class PerfRings {
 public:
  PerfRings() = default;
  ~PerfRings() { close(); }
  PerfRings(const PerfRings&) = delete;
  PerfRings& operator=(const PerfRings&) = delete;

  // Empty, or why there are no probes, as a sentence. `file` has to be the running program's own,
  // whatever lies at its path by now: /proc/PID/exe. It can take seconds, while the kernel lets go
  // of other probes: kInterrupted once `interrupted` is set.
  static constexpr const char* kInterrupted = "interrupted";
  std::string open(const std::string& file, std::span<const UprobePlace> places, const Writing& writing,
                   const std::atomic<bool>* interrupted = nullptr);
  // After open(): empty, or why hits come without their goroutine, as a sentence.
  const std::string& why_no_goroutines() const { return why_no_goroutines_; }
  // Takes over what has come in. Of one thread no hit is missing before another.
  void collect();
  // In the order of time, of what the last collect() has found. Valid until the next.
  std::optional<ProbeHit> next();
  // Takes the probes out of the program. What they have caught can still be had.
  void stop();
  // After stop(), and the last hit: how many more there were.
  std::uint64_t lost() const { return lost_by_program_.value_or(counted_ - seen_); }
  void close();

 private:
  struct Probe {
    FileDescriptor event;
    HitParts parts;
  };
  std::string open_rings();
  void open_program(std::span<const UprobePlace> places, const Writing& writing);
  std::string add_probe(const std::string& file, const UprobePlace& place);
  bool set_going();

  std::vector<PerfRing> rings_;
  HitProgram program_;
  std::string why_no_goroutines_;
  std::vector<Probe> probes_;  // for each place as many as there are CPUs; with a program one
  std::uint64_t until_ = 0;    // nanoseconds
  std::uint64_t seen_ = 0;
  std::uint64_t counted_ = 0;  // by the kernel
  std::optional<std::uint64_t> lost_by_program_;
};

}  // namespace memmap
