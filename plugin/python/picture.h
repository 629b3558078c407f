// What Python holds: one analysis, and whether it still tells of the target as it stands.
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "analysis.h"
#include "session.h"

namespace memmap::python {

// Each becomes the Python exception of its name; what() is a sentence for the user.
struct StaleError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct TargetError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// A check or an assertion did not hold; `output` is what was printed.
struct CheckFailed : std::runtime_error {
  CheckFailed(const std::string& sentence, std::string printed)
      : std::runtime_error(sentence), output(std::move(printed)) {}
  std::string output;
};

// Numbers for the exception; 0 and 2 raise nothing.
void raise_unless_done(const Outcome& outcome, const std::string& printed = {});

class Picture {
 public:
  explicit Picture(std::shared_ptr<const Analysis> analysis, std::string debugger = {},
                   AddressParser address = parse_address, std::function<bool()> current = {})
      : analysis_(std::move(analysis)),
        debugger_(std::move(debugger)),
        address_(std::move(address)),
        current_(std::move(current)) {}

  // Throws StaleError once the target has moved on. Whoever keeps the pointer may go on reading:
  // nothing of it changes or goes away.
  std::shared_ptr<const Analysis> analysis() const;
  bool stale() const;
  // The target has moved on, or nobody needs the picture any more.
  void expire() { *expired_ = true; }

  // The same moment with another analysis: with claims added. Both become stale together.
  std::shared_ptr<Picture> with(std::shared_ptr<const Analysis> analysis) const {
    auto other = std::make_shared<Picture>(*this);
    other->analysis_ = std::move(analysis);
    return other;
  }

  const std::string& debugger() const { return debugger_; }
  const AddressParser& address() const { return address_; }

 private:
  std::shared_ptr<const Analysis> analysis_;
  std::string debugger_;
  AddressParser address_;
  std::function<bool()> current_;  // asked for each look; empty: always
  std::shared_ptr<std::atomic<bool>> expired_ = std::make_shared<std::atomic<bool>>(false);
};

using PicturePtr = std::shared_ptr<Picture>;

// Opens, analyses and closes. Throws what raise_unless_done throws.
PicturePtr take_picture(std::unique_ptr<TargetSource> source, std::string debugger = {},
                        AddressParser address = parse_address, std::function<bool()> current = {},
                        Progress* progress = nullptr);

}  // namespace memmap::python
