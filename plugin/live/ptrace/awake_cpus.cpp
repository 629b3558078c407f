#include "live/ptrace/awake_cpus.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>

namespace memmap {
namespace {

constexpr const char* kLatencyFile = "/dev/cpu_dma_latency";
constexpr std::chrono::milliseconds kLook{20};
constexpr std::uint32_t kBusy = 8;  // stops from one look to the next

}  // namespace

AwakeCpus::AwakeCpus() {
  if (access(kLatencyFile, W_OK) == 0) thread_ = std::thread([this] { watch(); });
}

AwakeCpus::~AwakeCpus() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void AwakeCpus::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kLook, [this] { return done_; })) ask(stops_.exchange(0) >= kBusy);
}

void AwakeCpus::ask(bool awake) {
  if (awake == request_.valid()) return;
  request_ = {};
  if (!awake) return;
  constexpr std::int32_t kMicroseconds = 0;
  request_ = FileDescriptor(open(kLatencyFile, O_WRONLY | O_CLOEXEC));
  if (request_.valid() && write(request_.get(), &kMicroseconds, sizeof kMicroseconds) < 0) request_ = {};
}

}  // namespace memmap
