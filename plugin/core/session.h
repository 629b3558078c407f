// One stopped target and the verbs on it. Every door makes a Session, hands over the words the
// user typed and prints what comes back; so the doors cannot drift apart.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "commands/analysis.h"
#include "target/source.h"

namespace memmap {

// Where a verb's text goes, piece by piece.
class Output {
 public:
  virtual ~Output() = default;
  virtual bool write(std::string_view text) = 0;  // false: nobody reads any more
  virtual bool colour() const { return false; }
  virtual unsigned width() const { return 120; }
};

struct Outcome {
  int exit_code = 0;    // interface §2: 0 done, 1 check failed, 2 partial, 3 unreadable, 64 usage
  std::string message;  // for stderr or the debugger's error; whole sentences, may be empty
};

// What the door knows and the core cannot.
struct DoorInfo {
  std::string debugger;  // version line of the debugger, empty without one
  const std::atomic<bool>* interrupted = nullptr;  // set by Ctrl-C; verbs end at once
};

class Session {
 public:
  explicit Session(std::unique_ptr<TargetSource> source);
  ~Session();

  // argv[0] is the verb: "annotate", "summary", "reconcile", …. Text goes to `out`.
  Outcome run(std::span<const std::string> argv, Output& out, const DoorInfo& door);

 private:
  const Analysis* analysis(Outcome& outcome);  // computed on first use

  std::unique_ptr<TargetSource> source_;
  std::unique_ptr<Analysis> analysis_;
};

// True for verbs that need no target: kinds, version, help.
bool needs_target(std::string_view verb);
// Help for one verb, or the list of verbs if `verb` is empty. The doors print it as it is.
std::string help_text(std::string_view verb);

}  // namespace memmap
