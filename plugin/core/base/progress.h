// What is going on, for whoever waits for it: the pipeline says it, a door may show it.
#pragma once

#include <atomic>

namespace memmap {

class Progress {
 public:
  // A literal: "reading the process". Read by another thread.
  void now(const char* what) { what_.store(what, std::memory_order_relaxed); }
  const char* what() const { return what_.load(std::memory_order_relaxed); }

 private:
  std::atomic<const char*> what_ = "starting";
};

// Nobody need be waiting.
inline void tell(Progress* progress, const char* what) {
  if (progress != nullptr) progress->now(what);
}

}  // namespace memmap
