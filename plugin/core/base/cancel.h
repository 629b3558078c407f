// Ctrl-C for loops that may be long. Who asks for the work hands a Cancellation in; who does it
// calls check() now and then. Interrupted is no std::exception: no barrier takes it for a fault.
#pragma once

#include <atomic>

namespace memmap {

struct Interrupted {};

class Cancellation {
 public:
  // Null: nobody can interrupt.
  explicit Cancellation(const std::atomic<bool>* asked = nullptr) : asked_(asked) {}
  bool asked() const { return asked_ != nullptr && asked_->load(std::memory_order_relaxed); }
  void check() const {
    if (asked()) throw Interrupted{};
  }

 private:
  const std::atomic<bool>* asked_;
};

}  // namespace memmap
