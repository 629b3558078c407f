// A process of this machine, by its pid.
#pragma once

#include <sys/types.h>

#include "live/hold/stop.h"
#include "process/proc/proc.h"
#include "process/source.h"

namespace memmap {

struct LiveOptions {
  bool resident_total = true;  // read smaps, see ProcOptions
};

// open() stops the process unless a debugger already holds all of it stopped.
class LiveSource : public TargetSource {
 public:
  explicit LiveSource(std::uint64_t pid, LiveOptions options = {});
  ~LiveSource() override { close(); }

  std::string executable_file() const override;
  Result<Target> open(Findings& findings) override;
  void close() override { stop_.release(); }
  std::string failure() const override { return failure_; }

 private:
  // Which program runs: it must not change between reading its DWARF and stopping it.
  struct Program {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const Program&) const = default;
  };
  Program program() const;
  bool take_hold();

  std::uint64_t pid_;
  LiveOptions options_;
  Program before_;
  Stop stop_;
  std::string failure_;
};

}  // namespace memmap
