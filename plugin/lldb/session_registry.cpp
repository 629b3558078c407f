#include "lldb/session_registry.h"

#include <map>

namespace memmap {
namespace {

// A global, as a C function has no other way to what PluginInitialize made. The plugin's only others
// are those of a trace's signal handler (trace_watch.cpp).
struct Registry {
  std::mutex mutex;
  std::map<std::uint64_t, std::weak_ptr<SessionCache>> sessions;
};

Registry& registry() {
  static Registry one;
  return one;
}

}  // namespace

void register_sessions(std::uint64_t debugger, const std::shared_ptr<SessionCache>& sessions) {
  const std::lock_guard lock(registry().mutex);
  registry().sessions[debugger] = sessions;
}

std::shared_ptr<SessionCache> sessions_of(std::uint64_t debugger) {
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().sessions.find(debugger);
  return found == registry().sessions.end() ? nullptr : found->second.lock();
}

}  // namespace memmap
