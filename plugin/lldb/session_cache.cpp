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
    if (now.process == traced_process_) session_->adopt(events_);
    stop_ = now;
  }
  return *session_;
}

Session& SessionCache::without_target() {
  if (targetless_ == nullptr) {
    targetless_ = std::make_unique<Session>(std::unique_ptr<TargetSource>());
    targetless_->adopt(events_);
  }
  return *targetless_;
}

void SessionCache::keep_events(lldb::SBTarget target, std::shared_ptr<const trace::Log> events) {
  traced_process_ = target.GetProcess().GetUniqueID();
  events_ = std::move(events);
  targetless_.reset();  // it has those of the trace before
}

}  // namespace memmap
