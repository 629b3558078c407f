#include "lldb/trace/held_states.h"

namespace memmap {

SynchronousMode::SynchronousMode(lldb::SBDebugger debugger)
    : debugger_(std::move(debugger)), before_(debugger_.GetAsync()) {
  debugger_.SetAsync(false);
}

SilencedSignal::SilencedSignal(lldb::SBProcess process, const char* name)
    : signals_(process.GetUnixSignals()), number_(signals_.GetSignalNumberFromName(name)) {
  if (number_ < 0) return;
  stopped_ = signals_.GetShouldStop(number_);
  notified_ = signals_.GetShouldNotify(number_);
  signals_.SetShouldStop(number_, false);
  signals_.SetShouldNotify(number_, false);
}

SilencedSignal::~SilencedSignal() {
  if (number_ < 0) return;
  signals_.SetShouldStop(number_, stopped_);
  signals_.SetShouldNotify(number_, notified_);
}

SuspendedThreads::SuspendedThreads(lldb::SBProcess process, lldb::tid_t but) {
  for (std::uint32_t i = 0; i < process.GetNumThreads(); ++i) {
    lldb::SBThread thread = process.GetThreadAtIndex(i);
    if (thread.GetThreadID() == but || thread.IsSuspended()) continue;
    if (thread.Suspend()) threads_.push_back(thread);
  }
}

SuspendedThreads::~SuspendedThreads() {
  for (lldb::SBThread& thread : threads_) thread.Resume();
}

}  // namespace memmap
