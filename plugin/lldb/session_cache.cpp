#include "session_cache.h"

#include "lldb_source.h"

namespace memmap {

Session& SessionCache::session_for(lldb::SBTarget target) {
  lldb::SBProcess process = target.GetProcess();
  // An expression may have allocated: stops for expressions count.
  const Stop now{process.GetUniqueID(), process.GetStopID(true),
                 process.GetSelectedThread().GetThreadID()};
  if (session_ == nullptr || now != stop_) {
    session_.reset();  // first, so that two maps of a big heap are never held
    session_ = std::make_unique<Session>(std::make_unique<LldbSource>(target, interrupted_));
    stop_ = now;
  }
  return *session_;
}

Session& SessionCache::without_target() {
  if (targetless_ == nullptr) targetless_ = std::make_unique<Session>(std::unique_ptr<TargetSource>());
  return *targetless_;
}

}  // namespace memmap
