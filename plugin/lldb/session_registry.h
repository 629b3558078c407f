// The SessionCache of each SBDebugger that has loaded the plugin, for who has only its id.
#pragma once

#include <cstdint>
#include <memory>

#include "lldb/session_cache.h"

namespace memmap {

void register_sessions(std::uint64_t debugger, const std::shared_ptr<SessionCache>& sessions);
// Empty if that debugger has not loaded the plugin, or is gone.
std::shared_ptr<SessionCache> sessions_of(std::uint64_t debugger);

}  // namespace memmap
