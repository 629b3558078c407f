// Idle CPUs that do not sleep while a trace is busy.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "process/file_descriptor.h"

namespace memmap {

// At each stop of a traced thread the kernel wakes another thread: the tracer's, and then the
// traced one. To wake a CPU that sleeps costs more than all the rest of a stop. So while stops
// come fast this asks the kernel for a wake-up latency of 0 (/dev/cpu_dma_latency,
// Documentation/power/pm_qos_interface.rst), as root; without the right it does nothing. The
// kernel takes the request back when the file is closed, however the tracer ends.
class AwakeCpus {
 public:
  AwakeCpus();
  ~AwakeCpus();
  AwakeCpus(const AwakeCpus&) = delete;
  AwakeCpus& operator=(const AwakeCpus&) = delete;

  // From any thread.
  void stop_came() { stops_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void watch();
  void ask(bool awake);

  std::atomic<std::uint32_t> stops_ = 0;  // since the last look
  FileDescriptor request_;                // while CPUs are kept awake
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace memmap
