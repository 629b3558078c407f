// Events as a person reads them while they happen: a line for each.
#pragma once

#include <string>
#include <unordered_map>

#include "trace/enclosing.h"
#include "trace/events.h"

namespace memmap::trace {

struct LineOptions {
  Operations what = Operations().set();
  // Nobody chose operations: a system call inside a function that has a line needs none.
  bool outermost = true;
  std::uint64_t frames = 0;  // of the stack, below the line
};

std::string line_heading();

class Lines {
 public:
  Lines(const Log& log, LineOptions options) : log_(log), options_(options), sites_(log) {}

  // Appends the lines of all events that have ended since the last call, in their order: an
  // event that is still under way holds back those behind it. `rest`: those too.
  void append(std::string& out, bool rest = false);

 private:
  bool wanted(const Event& event) const;
  void append_event(std::string& out, Sequence sequence);
  const std::string& site_of(StackId stack);
  void append_stack(std::string& out, StackId stack) const;

  const Log& log_;
  LineOptions options_;
  CallSites sites_;
  std::unordered_map<StackId, std::string> site_texts_;
  Sequence next_ = 1;
};

// "rw-", "DONTNEED", "fixed": what a system call was asked, and how it failed. Often empty.
std::string remark(const Log& log, const Event& event);
// "(*mheap).grow ← main.main": who asked, and the first function outside of the runtime.
std::string site_text(const Log& log, StackId stack, const CallSite& site);

}  // namespace memmap::trace
