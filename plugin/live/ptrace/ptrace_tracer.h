// The tracer of the command without a debugger: requests for memory as the kernel sees them.
#pragma once

#include <memory>

#include "trace/tracer.h"

namespace memmap {

// A program that it starts itself, stopped by a seccomp filter at requests for memory only; it
// cannot be let go afterwards (launch.h), so release() ends it.
std::unique_ptr<trace::Tracer> launching_tracer();
// A process that runs, stopped at each of its system calls, and let go unharmed.
std::unique_ptr<trace::Tracer> attaching_tracer(std::uint64_t pid);

}  // namespace memmap
