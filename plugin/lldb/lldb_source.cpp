#include "lldb/lldb_source.h"

#include "live/hold/live_source.h"
#include "lldb/core_path.h"
#include "lldb/sb_source.h"
#include "lldb/sb_text.h"
#include "lldb/trace/held_here.h"
#include "process/core/core_file.h"

namespace memmap {
namespace {

std::unique_ptr<TargetSource> choose_door(lldb::SBTarget& target, std::atomic<bool>& interrupted) {
  lldb::SBProcess process = target.GetProcess();
  if (const std::string core = core_path(process); !core.empty()) {
    return std::make_unique<CoreSource>(core, path_of(target.GetExecutable()));
  }
  if (is_held_here(target)) return std::make_unique<LiveSource>(process.GetProcessID());
  return std::make_unique<SbSource>(target, interrupted);
}

}  // namespace

LldbSource::LldbSource(lldb::SBTarget target, const lldb::SBThread& thread, std::atomic<bool>& interrupted)
    : target_(std::move(target)), thread_(thread.GetThreadID()), door_(choose_door(target_, interrupted)) {}

Result<Target> LldbSource::open(Findings& findings) {
  Result<Target> opened = door_->open(findings);
  if (!opened) return opened;
  opened->select_thread(thread_);
  return opened;
}

}  // namespace memmap
