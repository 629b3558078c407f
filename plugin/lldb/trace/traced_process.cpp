#include "lldb/trace/traced_process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string_view>
#include <thread>

#include <fmt/format.h>

#include "base/text.h"
#include "lldb/sb_text.h"
#include "process/proc/proc.h"

namespace memmap {
namespace {

constexpr std::string_view kLostConnection = "lost connection";  // LLDB, also of what was killed

// After a kill LLDB may go on calling the process stopped.
bool is_gone_here(lldb::SBTarget target, lldb::SBProcess process) {
  const bool is_local = text_of(target.GetPlatform().GetName()) == "host";
  return is_local && access(fmt::format("/proc/{}", process.GetProcessID()).c_str(), F_OK) != 0;
}

}  // namespace

bool is_there(lldb::SBProcess process) {
  if (!process.IsValid()) return false;
  const lldb::StateType state = process.GetState();
  return state != lldb::eStateExited && state != lldb::eStateDetached && state != lldb::eStateInvalid &&
         state != lldb::eStateUnloaded;
}

std::string TracedProcess::select(lldb::SBDebugger debugger) {
  target = debugger.GetSelectedTarget();
  process = target.GetProcess();
  if (!is_there(process) || is_gone_here(target, process))
    return "trace continue needs a process: launch one or attach to it, or use trace run";
  if (process.GetState() != lldb::eStateStopped)
    return fmt::format("process {} is running; interrupt it first (\"process interrupt\")", process.GetProcessID());
  return {};
}

std::string TracedProcess::launch(lldb::SBDebugger debugger, const std::vector<std::string>& command) {
  lldb::SBTarget selected = debugger.GetSelectedTarget();
  if (is_there(selected.GetProcess()) && !is_gone_here(selected, selected.GetProcess()))
    return fmt::format(
        "process {} is still there: end it (\"process kill\") or let it go (\"process detach\") "
        "first",
        selected.GetProcess().GetProcessID());
  lldb::SBError error;
  target = debugger.CreateTarget(command.front().c_str(), nullptr, nullptr, true, error);
  if (!target.IsValid())
    return fmt::format("{} cannot be started: {}", printable(command.front()), text_of(error.GetCString()));
  if (selected.IsValid() && path_of(selected.GetExecutable()) == path_of(target.GetExecutable())) {
    debugger.DeleteTarget(target);
    target = selected;
  }
  std::vector<const char*> words;
  for (std::size_t i = 1; i < command.size(); ++i) words.push_back(command[i].c_str());
  words.push_back(nullptr);
  lldb::SBLaunchInfo info = target.GetLaunchInfo();
  info.SetArguments(words.data(), false);
  info.SetLaunchFlags(info.GetLaunchFlags() | lldb::eLaunchFlagStopAtEntry);
  debugger.SetSelectedTarget(target);
  process = target.Launch(info, error);
  if (error.Success() && is_there(process)) return {};
  std::string sentence =
      fmt::format("{} cannot be started: {}", printable(command.front()), text_of(error.GetCString()));
  if (target != selected) debugger.DeleteTarget(target);
  if (selected.IsValid()) debugger.SetSelectedTarget(selected);
  return sentence;
}

std::string execution_of(lldb::SBProcess process) {
  const std::string folder = fmt::format("/proc/{}", process.GetProcessID());
  struct stat file {};
  if (stat((folder + "/exe").c_str(), &file) != 0) return {};
  std::ifstream vector(folder + "/auxv", std::ios::binary);
  return fmt::format("{}:{}:", file.st_dev, file.st_ino) + std::string(std::istreambuf_iterator<char>(vector), {});
}

bool TracedProcess::was_killed() {
  constexpr int kLooks = 10;
  for (int i = 0; i < kLooks; ++i) {
    const auto status = read_status(fmt::format("/proc/{}", process.GetProcessID()));
    if (!status || status->state == 'Z' || status->state == 'X') return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string TracedProcess::why_stopped(lldb::SBThread thread, const std::function<bool(lldb::break_id_t)>& is_ours) {
  std::array<char, 256> text{};
  thread.GetStopDescription(text.data(), text.size());
  switch (thread.GetStopReason()) {
    case lldb::eStopReasonInvalid:
    case lldb::eStopReasonNone:
    case lldb::eStopReasonTrace:
      return {};
    case lldb::eStopReasonBreakpoint:
      for (std::uint32_t at = 0; at < thread.GetStopReasonDataCount(); at += 2)
        if (!is_ours(static_cast<lldb::break_id_t>(thread.GetStopReasonDataAtIndex(at))))
          return fmt::format("stopped at {}", text.data());
      return {};
    case lldb::eStopReasonSignal:
      if (was_killed()) return {};
      break;
    default:
      break;
  }
  return fmt::format("thread {} stopped: {}", thread.GetThreadID(), text.data());
}

std::string TracedProcess::how_it_ended() {
  const std::uint64_t pid = process.GetProcessID();
  if (process.GetState() == lldb::eStateDetached) return fmt::format("process {} was let go", pid);
  std::string what = text_of(process.GetExitDescription());
  if (what.empty()) what = fmt::format("status {}", process.GetExitStatus());
  if (what == kLostConnection && is_lldb_14()) what += "; LLDB 14 loses Go programs that start children";
  return fmt::format("process {} is gone: {}", pid, what);
}

}  // namespace memmap
