// The JSON lines of a trace, as a log again.
#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "trace/events.h"

namespace memmap::trace {

// What `trace -o FILE` has written. The error is a sentence that names the line.
tl::expected<std::shared_ptr<Log>, std::string> read_events(const std::string& path);

}  // namespace memmap::trace
