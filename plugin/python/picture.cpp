#include "picture.h"

namespace memmap::python {

void raise_unless_done(const Outcome& outcome, const std::string& printed) {
  switch (outcome.exit_code) {
    case 0:
    case 2:
      return;
    case 1:
      throw CheckFailed(outcome.message.empty() ? "not everything holds, see output" : outcome.message, printed);
    case 64:
      throw UsageError(outcome.message);
    default:
      throw TargetError(outcome.message);
  }
}

bool Picture::stale() const { return *expired_ || (current_ && !current_()); }

std::shared_ptr<const Analysis> Picture::analysis() const {
  if (stale()) throw StaleError("the target has moved on since this map was made: make a new one");
  return analysis_;
}

PicturePtr take_picture(std::unique_ptr<TargetSource> source, std::string debugger, AddressParser address,
                        std::function<bool()> current, Progress* progress) {
  Session session(std::move(source));
  Outcome outcome;
  std::shared_ptr<const Analysis> analysis = session.analysis(progress, outcome);
  if (!analysis) {
    raise_unless_done(outcome);
    throw TargetError("the target cannot be read");
  }
  return std::make_shared<Picture>(std::move(analysis), std::move(debugger), std::move(address), std::move(current));
}

}  // namespace memmap::python
