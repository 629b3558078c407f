// "memmap: reading the target, 2.4 s" on a terminal, as long as it lasts and only after a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/progress.h"

namespace memmap {

inline constexpr int kNoTerminal = -1;

class ProgressLine {
 public:
  // `terminal`: the descriptor behind which a person waits, or kNoTerminal. Nothing appears there
  // if it is no terminal or takes no escape sequences (TERM), and while another program has it.
  explicit ProgressLine(int terminal);
  ~ProgressLine() { end(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  Progress& progress() { return progress_; }  // what the line says; any thread
  void end();                                 // takes the line away; it does not come back

 private:
  void run();

  const int terminal_;
  Progress progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace memmap
