// What of LLDB's own state a trace changes, put back when it ends in whatever way.
#pragma once

#include <lldb/API/LLDB.h>

#include <cstdint>
#include <vector>

namespace memmap {

// In asynchronous mode hits of several threads are lost.
class SynchronousMode {
 public:
  explicit SynchronousMode(lldb::SBDebugger debugger);
  ~SynchronousMode() { debugger_.SetAsync(before_); }
  SynchronousMode(const SynchronousMode&) = delete;
  SynchronousMode& operator=(const SynchronousMode&) = delete;

 private:
  lldb::SBDebugger debugger_;
  bool before_;
};

// A signal that the program gets and LLDB says nothing of: Go preempts its goroutines by SIGURG.
class SilencedSignal {
 public:
  SilencedSignal(lldb::SBProcess process, const char* name);
  ~SilencedSignal();
  SilencedSignal(const SilencedSignal&) = delete;
  SilencedSignal& operator=(const SilencedSignal&) = delete;

 private:
  lldb::SBUnixSignals signals_;
  std::int32_t number_;
  bool stopped_ = false;
  bool notified_ = false;
};

// All threads but one: they stay where they are when the process goes on.
class SuspendedThreads {
 public:
  SuspendedThreads(lldb::SBProcess process, lldb::tid_t but);
  ~SuspendedThreads();
  SuspendedThreads(const SuspendedThreads&) = delete;
  SuspendedThreads& operator=(const SuspendedThreads&) = delete;

 private:
  std::vector<lldb::SBThread> threads_;
};

}  // namespace memmap
