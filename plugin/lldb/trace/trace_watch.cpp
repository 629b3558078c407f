#include "lldb/trace/trace_watch.h"

namespace memmap {
namespace {

constexpr std::chrono::milliseconds kTick{20};
// A program that is stopped all the time ends the trace at its next stop; only one that runs is
// interrupted. Asked again where it was about to run on.
constexpr int kTicksToInterrupt = 3;

// A signal handler has no other way to tell, and the process has one for SIGINT: commands of one
// debugger are under a lock, those of several are not.
std::atomic<bool> is_watching = false;
std::atomic<bool> sigint_came = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void on_sigint(int) { sigint_came = true; }

}  // namespace

std::unique_ptr<TraceWatch> TraceWatch::begin(lldb::SBProcess process, const std::atomic<bool>* interrupted) {
  if (is_watching.exchange(true)) return nullptr;
  return std::unique_ptr<TraceWatch>(new TraceWatch(std::move(process), interrupted));
}

TraceWatch::TraceWatch(lldb::SBProcess process, const std::atomic<bool>* interrupted)
    : process_(std::move(process)), interrupted_(interrupted) {
  sigint_came = false;
  struct sigaction action {};
  action.sa_handler = on_sigint;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &before_);
  thread_ = std::thread([this] { watch(); });
}

TraceWatch::~TraceWatch() {
  done_ = true;
  thread_.join();
  sigaction(SIGINT, &before_, nullptr);
  is_watching = false;
}

TraceWatch::Asked TraceWatch::ask() const {
  if (sigint_came || (interrupted_ != nullptr && *interrupted_)) return Asked::interrupted;
  return Clock::now() >= ends_.load() ? Asked::limit : Asked::nothing;
}

void TraceWatch::watch() {
  for (int ticks = 0; !done_; std::this_thread::sleep_for(kTick)) {
    if (asked_ == Asked::nothing) asked_ = ask();
    if (asked_ == Asked::nothing || !waits_) continue;
    if (++ticks % kTicksToInterrupt == 0) process_.SendAsyncInterrupt();
  }
}

}  // namespace memmap
