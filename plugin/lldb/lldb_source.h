// The target that is selected in LLDB. Where its bytes are on this machine they are read past
// LLDB, exactly as without a debugger, which is faster and gives the same map: a stopped local
// process from /proc, an ELF core from its file. LLDB itself is asked where nothing else is left.
#pragma once

#include <lldb/API/LLDB.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "process/source.h"

namespace memmap {

class LldbSource final : public TargetSource {
 public:
  // The target has a stopped process; `thread` decides whose caches ReadMemStats would flush. Slow reads set
  // `interrupted` when Ctrl-C comes.
  LldbSource(lldb::SBTarget target, const lldb::SBThread& thread, std::atomic<bool>& interrupted);

  std::string executable_file() const override { return door_->executable_file(); }
  Result<Target> open(Findings& findings) override;
  void close() override { door_->close(); }
  std::string failure() const override { return door_->failure(); }

 private:
  lldb::SBTarget target_;
  std::uint64_t thread_;
  std::unique_ptr<TargetSource> door_;
};

}  // namespace memmap
