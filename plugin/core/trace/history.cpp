#include "trace/history.h"

namespace memmap::trace {

void History::ran_untraced() {
  constexpr std::string_view kCode = "ran_untraced";
  for (const Findings::Entry& entry : findings.entries())
    if (entry.code == kCode) return;
  findings.say(Severity::note, kCode,
               "the process has run untraced since its first trace: what it gave back and took anew meanwhile shows an "
               "older call, or none");
}

History History::with(std::shared_ptr<const Log> log) const {
  if (empty()) return {log, log, {}};
  auto both = std::make_shared<Log>(*all);
  both->append(*log);
  return {std::move(log), std::move(both), findings};
}

}  // namespace memmap::trace
