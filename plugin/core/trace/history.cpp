#include "trace/history.h"

#include <fmt/format.h>

#include "base/text.h"

namespace memmap::trace {

void History::ran_untraced() {
  constexpr std::string_view kCode = "ran_untraced";
  for (const Findings::Entry& entry : findings.entries())
    if (entry.code == kCode) return;
  findings.say(Severity::note, kCode,
               "the process has run untraced since its first trace: what it gave back and took "
               "anew meanwhile shows an older call, or none");
}

History History::with(std::shared_ptr<const Log> log) const {
  History history{log, log, findings};
  if (!empty()) {
    auto both = std::make_shared<Log>(*all);
    both->append(*log);
    history.all = std::move(both);
  }
  std::uint64_t open = 0;
  for (Sequence sequence = 1; sequence <= log->size(); ++sequence) open += log->event(sequence).ended_after == 0;
  if (open != 0)
    history.findings.say(Severity::note, "under_way",
                         fmt::format("{} under way when a trace ended: what came of that shows no call",
                                     counted(open, "call was", "calls were")));
  return history;
}

}  // namespace memmap::trace
