// "memmap: reading the process, 2.4 s" on stderr, as long as it lasts and only after a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/progress.h"

namespace memmap {

class ProgressLine {
 public:
  // `wanted`: stderr is a terminal, and nothing else is written there meanwhile.
  ProgressLine(const Progress& progress, bool wanted);
  ~ProgressLine() { end(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void end();  // takes the line away; it does not come back

 private:
  void run();

  const Progress& progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace memmap
