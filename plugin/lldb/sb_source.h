// The selected target as far as LLDB's own API tells: for processes on other machines and for
// minidumps. Slow (100 MB/s, 20 µs a read) and without the inaccessible mappings of a process.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>

#include "process/source.h"

namespace memmap {

class SbSource final : public TargetSource {
 public:
  SbSource(lldb::SBTarget target, std::atomic<bool>& interrupted)
      : target_(std::move(target)), interrupted_(interrupted) {}

  std::string executable_file() const override;
  Result<Target> open(Findings& findings) override;
  void close() override {}
  std::string failure() const override;

 private:
  void describe_process(Target& out) const;
  void list_mappings(Target& out) const;
  void name_mappings(Target& out) const;
  void list_threads(Target& out) const;

  mutable lldb::SBTarget target_;  // its getters are not const
  std::atomic<bool>& interrupted_;
};

}  // namespace memmap
