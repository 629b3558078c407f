// The one C entry of memmap.so beside PluginInitialize: Python's memmap.current() comes here.
#include <lldb/API/LLDB.h>

#include <cstring>
#include <exception>

#include "lend.h"
#include "lldb/command.h"
#include "lldb/lldb_address.h"
#include "lldb/sb_text.h"
#include "lldb/session_registry.h"
#include "memmap_stamp.h"

extern "C" __attribute__((visibility("default"))) int memmap_lend_1(const char* stamp, std::uint64_t debugger,
                                                                    memmap::Loan* loan, std::string* sentence);

namespace memmap {
namespace {

Outcome lend(lldb::SBDebugger debugger, SessionCache& sessions, Loan& loan) {
  lldb::SBTarget target = debugger.GetSelectedTarget();
  std::string why_not = obstacle(target);
  if (!why_not.empty()) return {3, std::move(why_not)};
  const std::unique_lock<std::mutex> lock = sessions.lock();
  if (!lock) return {3, kIsTracing};
  sessions.interrupted() = false;
  Outcome outcome;
  loan.analysis = sessions.session_for(target, target.GetProcess().GetSelectedThread()).analysis(nullptr, outcome);
  loan.debugger = text_of(lldb::SBDebugger::GetVersionString());
  loan.address = address_parser(target, target.GetProcess().GetSelectedThread().GetSelectedFrame());
  loan.current = [process = target.GetProcess(), stop = target.GetProcess().GetStopID(true)]() mutable {
    const lldb::StateType state = process.GetState();
    const bool stands = state == lldb::eStateStopped || state == lldb::eStateCrashed || state == lldb::eStateSuspended;
    return stands && process.GetStopID(true) == stop;
  };
  return outcome;
}

}  // namespace
}  // namespace memmap

int memmap_lend_1(const char* stamp, std::uint64_t debugger, memmap::Loan* loan, std::string* sentence) try {
  // Nothing but C may be touched before this is known.
  if (std::strcmp(stamp, MEMMAP_STAMP) != 0) return memmap::kOtherBuild;
  const std::shared_ptr<memmap::SessionCache> sessions = memmap::sessions_of(debugger);
  if (sessions == nullptr) {
    *sentence = "memmap.so is loaded in another debugger of this process, not in this one";
    return 3;
  }
  memmap::Outcome outcome =
      memmap::lend(lldb::SBDebugger::FindDebuggerWithID(static_cast<int>(debugger)), *sessions, *loan);
  *sentence = std::move(outcome.message);
  return outcome.exit_code;
} catch (const std::exception& error) {
  *sentence = error.what();
  return 3;
}
