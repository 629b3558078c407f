#include "lldb/session_cache.h"

#include "lldb/lldb_source.h"
#include "lldb/trace/traced_process.h"

namespace memmap {

Session& SessionCache::session_for(lldb::SBTarget target, lldb::SBThread thread) {
  lldb::SBProcess process = target.GetProcess();
  // An expression may have allocated: stops for expressions count.
  const Stop now{process.GetUniqueID(), process.GetStopID(true), thread.GetThreadID()};
  if (session_ == nullptr || now != stop_) {
    session_.reset();  // first, so that two maps of a big heap are never held
    session_ = std::make_unique<Session>(std::make_unique<LldbSource>(target, thread, interrupted_));
    session_->adopt(traces_of(target));
    stop_ = now;
  }
  return *session_;
}

Session& SessionCache::without_target() {
  if (targetless_ == nullptr) {
    targetless_ = std::make_unique<Session>(std::unique_ptr<TargetSource>());
    targetless_->adopt(traces_);
  }
  return *targetless_;
}

void SessionCache::keep(lldb::SBTarget target, trace::History traces, const std::string& execution) {
  lldb::SBProcess process = target.GetProcess();
  const bool same = process.GetUniqueID() == traced_process_ && execution == traced_execution_;
  traced_process_ = process.GetUniqueID();
  traced_stop_ = process.GetStopID(true);
  traced_execution_ = execution;
  // One that caught nothing is not what somebody wants to see again.
  if (same && traces.last->size() == 0)
    traces_.findings = traces.findings;
  else
    traces_ = std::move(traces);
  targetless_.reset();  // it has those of the traces before
}

trace::History SessionCache::traces_of(lldb::SBTarget target) const {
  lldb::SBProcess process = target.GetProcess();
  if (!process.IsValid() || process.GetUniqueID() != traced_process_) return {};
  if (execution_of(process) != traced_execution_) return {traces_.last, nullptr};
  trace::History traces = traces_;
  if (process.GetStopID(true) != traced_stop_) traces.ran_untraced();
  return traces;
}

}  // namespace memmap
