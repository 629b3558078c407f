// One stopped target and the verbs on it. Every door makes a Session, hands over the Command that the
// user's words have become, and prints what comes back; so the doors cannot drift apart.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "analysis.h"
#include "base/progress.h"
#include "process/source.h"
#include "report/output.h"
#include "trace/history.h"
#include "trace/tracer.h"
#include "words/command.h"
#include "words/parse.h"

namespace memmap {

struct Outcome {
  int exit_code = 0;    // 0 done, 1 check failed, 2 partial, 3 unreadable, 64 usage, 130 Ctrl-C
  std::string message;  // for stderr or the debugger's error; whole sentences, may be empty
};

namespace exit_code {
inline constexpr int kFailed = 1;
inline constexpr int kPartial = 2;
inline constexpr int kUnreadable = 3;
inline constexpr int kUsage = 64;
inline constexpr int kInterrupted = 130;
}  // namespace exit_code

// What the door knows and the core cannot.
struct DoorInfo {
  std::string debugger;  // version line of the debugger, empty without one
  std::string folder;    // where memmap.so lies, or would: for install
  // Set by Ctrl-C. Verbs end at once; a trace takes it as its end, and clears it.
  std::atomic<bool>* interrupted = nullptr;
  AddressParser address = parse_address;  // debuggers take any expression
  trace::Tracer* tracer = nullptr;        // of what trace is asked about; where the door has one
  std::string executable = {};            // --exe: of cores that a verb names itself
  Progress* progress = nullptr;           // told what is going on; where the door shows it
};

class Session {
 public:
  // `source` may be empty for verbs that need no target.
  explicit Session(std::unique_ptr<TargetSource> source);
  // Of an analysis that was made elsewhere.
  explicit Session(std::shared_ptr<const Analysis> analysis);
  ~Session();

  // Text goes to `out`.
  Outcome run(const Command& command, Output& out, const DoorInfo& door);
  // What traces of this target have caught.
  const trace::History& traces() const { return traces_; }
  // Of traces that other Sessions of the same process have made.
  void adopt(trace::History traces) { traces_ = std::move(traces); }

  // What the verbs answer from; computed on first use. Empty if the target cannot be read: then
  // `outcome` says why. It may outlive the Session.
  std::shared_ptr<const Analysis> analysis(Progress* progress, Outcome& outcome,
                                           const std::atomic<bool>* interrupted = nullptr);

 private:
  bool has_target() const { return source_ != nullptr || analysis_ != nullptr; }
  Outcome look(const Command& command, Output& out, const DoorInfo& door);
  Outcome trace(const Command& command, Output& out, const DoorInfo& door);
  tl::expected<trace::History, Outcome> traces_for(const Command& command) const;
  Outcome report_trace(const Command& command, Output& out, const DoorInfo& door);
  void look_at_end(trace::Tracer& tracer, trace::Log& log);
  Outcome answer_trace(const Command& command, Output& out, const DoorInfo& door);
  Outcome answer(const Command& command, const trace::History& traces, Output& out, const DoorInfo& door);

  // What one question is about.
  struct Targets {
    std::shared_ptr<const Analysis> first, second;
    Outcome failed;  // its exit code is 0 where all is well
  };
  Targets compared(const std::array<std::string, 2>& cores, const DoorInfo& door);

  std::unique_ptr<TargetSource> source_;
  std::shared_ptr<const Analysis> analysis_;
  trace::History traces_;  // of this target
  std::string ended_;      // why the last ended
  Findings traced_;        // what it says of itself
};

}  // namespace memmap
