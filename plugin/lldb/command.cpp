#include "lldb/command.h"

#include <exception>
#include <vector>

#include "live/progress_line.h"
#include "lldb/command_frame.h"
#include "lldb/lldb_address.h"
#include "lldb/python_path.h"
#include "lldb/sb_text.h"
#include "lldb/trace/breakpoint_tracer.h"

namespace memmap {

std::string obstacle(lldb::SBTarget& target) {
  if (!target.IsValid()) {
    return "no target is selected: open a core with \"target create PROGRAM --core CORE\", or "
           "launch "
           "or attach to a process";
  }
  lldb::SBProcess process = target.GetProcess();
  const lldb::StateType state = process.IsValid() ? process.GetState() : lldb::eStateInvalid;
  switch (state) {
    case lldb::eStateStopped:
    case lldb::eStateCrashed:
    case lldb::eStateSuspended:
      return {};
    case lldb::eStateRunning:
    case lldb::eStateStepping:
    case lldb::eStateLaunching:
    case lldb::eStateAttaching:
      return "process " + std::to_string(process.GetProcessID()) +
             " is running; interrupt it first (\"process interrupt\")";
    default:
      return "the selected target has no process: launch it, attach to one, or open a core";
  }
}

namespace {

bool fail(lldb::SBCommandReturnObject& result, const std::string& sentence) {
  result.SetError(sentence.c_str());
  result.SetStatus(lldb::eReturnStatusFailed);
  return false;
}

// Exit codes of the standalone command, as LLDB's success and failure. What was printed stays.
bool report(const Outcome& outcome, const std::string& verb, lldb::SBCommandReturnObject& result) {
  std::string sentence = outcome.message;
  while (!sentence.empty() && sentence.back() == '\n') sentence.pop_back();
  if (outcome.exit_code == 0 || outcome.exit_code == 2) {
    if (!sentence.empty()) result.AppendWarning(sentence.c_str());
    result.SetStatus(lldb::eReturnStatusSuccessFinishResult);
    return true;
  }
  if (sentence.empty()) sentence = "memmap " + verb + ": not everything holds, see above";
  return fail(result, sentence);
}

}  // namespace

bool VerbCommand::DoExecute(lldb::SBDebugger debugger, char** words, lldb::SBCommandReturnObject& result) try {
  std::vector<std::string> all{word_};
  for (; words != nullptr && *words != nullptr; ++words) all.emplace_back(*words);
  const auto command = parse_command(all);
  return command ? execute(debugger, *command, result) : fail(result, command.error());
} catch (const std::exception& error) {
  return fail(result, "memmap " + word_ + ": " + error.what());
} catch (...) {
  return fail(result, "memmap " + word_ + ": stopped by an unknown exception");
}

bool VerbCommand::execute(lldb::SBDebugger& debugger, const Command& command, lldb::SBCommandReturnObject& result) {
  const std::unique_lock<std::mutex> lock = sessions_->lock();
  if (!lock) return fail(result, kIsTracing);
  sessions_->interrupted() = false;
  LldbOutput output(debugger, result, sessions_->interrupted());
  DoorInfo door{.debugger = text_of(lldb::SBDebugger::GetVersionString()),
                .folder = plugin_folder(),
                .interrupted = &sessions_->interrupted()};

  if (command.catches()) return trace(debugger, command, output, door, result);
  lldb::SBTarget target = debugger.GetSelectedTarget();
  const std::string why_not = obstacle(target);
  if (!why_not.empty()) {
    sessions_->drop();
    if (command.needs_target()) return fail(result, why_not);
  }
  Session* session = nullptr;
  if (why_not.empty()) {
    lldb::SBFrame frame = frame_of_command(debugger, target);
    door.address = address_parser(target, frame);
    session = &sessions_->session_for(target, frame.GetThread());
  } else {
    session = &sessions_->without_target();
  }
  ProgressLine line(waiting_terminal(debugger));
  door.progress = &line.progress();
  const Outcome outcome = session->run(command, output, door);
  if (!sessions_->interrupted()) return report(outcome, word_, result);
  sessions_->drop();  // what could not be read because of Ctrl-C would look unreadable
  return fail(result, "interrupted");
}

bool VerbCommand::trace(lldb::SBDebugger& debugger, const Command& command, LldbOutput& output, DoorInfo& door,
                        lldb::SBCommandReturnObject& result) {
  output.show_at_once();
  BreakpointTracer tracer(debugger, sessions_->interrupted());
  door.tracer = &tracer;
  sessions_->drop();
  Session session((std::unique_ptr<TargetSource>()));
  session.adopt(sessions_->traces_of(debugger.GetSelectedTarget()));
  const SessionCache::Tracing tracing(*sessions_);
  const std::shared_ptr<const trace::Log> before = session.traces().last;
  const Outcome outcome = session.run(command, output, door);
  if (session.traces().last != before)
    sessions_->keep(debugger.GetSelectedTarget(), session.traces(), tracer.execution());
  return report(outcome, word_, result);
}

}  // namespace memmap
