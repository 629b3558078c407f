// Events from uprobes in the runtime's functions: what the kernel writes down when a thread runs
// into one, for all threads, while the process runs on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/findings.h"
#include "live/ptrace/call_recorder.h"
#include "live/uprobe/perf_rings.h"
#include "live/uprobe/probe_places.h"
#include "trace/function_calls.h"

namespace memmap {

class FunctionProbes {
 public:
  struct Choice {
    trace::Operations what;
    bool system_calls = false;                       // in the functions that make them, too
    std::string spared;                              // a function in which somebody else sets a breakpoint
    std::string until;                               // nothing is recorded from the first entry of this function on
    const std::atomic<bool>* interrupted = nullptr;  // ends the opening, which can take seconds
  };
  // Empty, or why there are none, as a sentence. `program` and `log` outlive the probes; `began` is
  // when the trace began, nanoseconds of CLOCK_MONOTONIC.
  std::string open(std::uint64_t pid, const TracedProgram& program, trace::Log& log, std::uint64_t began,
                   const Choice& choice);
  bool is_open() const { return open_; }
  // What was the last to be recorded.
  enum class Seen : std::uint8_t { calls, until, exec };
  Seen seen() const { return seen_; }
  // Records all that has happened until now.
  void catch_up();
  // Takes the probes out of the program, and records the rest.
  void stop();
  // After stop(): hits that the kernel had no room for, and goroutines that nobody could read.
  void say_what_is_missing(Findings& findings) const;
  const trace::FunctionCalls& calls() const { return *calls_; }

 private:
  // What of a stack came with a hit.
  class HitMemory : public MemoryReader {
   public:
    void hold(const ProbeHit& hit);
    std::size_t read(Address from, std::span<std::byte> out) const override;

   private:
    Address begin_;
    std::span<const std::byte> bytes_;
  };

  static std::vector<ProbePlace> places_for(const CodeSymbols& symbols, const Choice& choice);
  const ProbePlace* place_at(std::uint64_t ip) const;
  void record_all();
  void record(const ProbeHit& hit);
  void take_stack(const ProbeHit& hit);

  bool open_ = false;
  bool stops_tell_ = false;  // stops at system calls tell the goroutine, too
  Seen seen_ = Seen::calls;
  std::uint64_t pid_ = 0;
  std::uint64_t bias_ = 0;
  std::uint64_t began_ = 0;
  AddressRange code_;
  std::vector<ProbePlace> places_;  // by address
  PerfRings rings_;
  HitMemory memory_;
  std::vector<trace::StackEntry> stack_;
  std::optional<trace::Stacks> stacks_;
  std::optional<trace::FunctionCalls> calls_;
};

}  // namespace memmap
