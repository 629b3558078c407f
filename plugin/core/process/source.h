// Where a Target comes from: a process to be stopped and let go, a core, a debugger's
// selection. The three steps exist so that all slow work that needs no target memory (DWARF)
// happens before the stop, and all that needs no more of it (sorting, printing) after.
#pragma once

#include <string>

#include "base/findings.h"
#include "base/result.h"
#include "process/target.h"

namespace memmap {

class TargetSource {
 public:
  virtual ~TargetSource() = default;

  // Path of the main executable, to open before the stop. Empty if unknown until open().
  virtual std::string executable_file() const = 0;
  // Stops the process where that is ours to do and describes it. Whatever is missing but not
  // fatal goes to `findings`. The target's memory may be read until close().
  virtual Result<Target> open(Findings& findings) = 0;
  // Lets the process go on. Idempotent; called by the destructor too.
  virtual void close() = 0;
  // What open() failed of, as a whole sentence for the user ("no process 4242").
  virtual std::string failure() const = 0;
};

}  // namespace memmap
