// Which goroutine a thread works for, from its thread-local storage.
#pragma once

#include <optional>

#include "go/layout.h"
#include "target/target.h"

namespace memmap::go {

// goid of m.curg, also on the system stack. `thread_pointer` is FS base on amd64, where the word
// below holds g (runtime.tlsg of a program; all releases). Nothing for threads that run no
// goroutine, and for C's own.
//
// `m` is the thread's m, as it was found the last time; null at first. Kept by the caller for each
// thread, it saves half of the reads.
std::optional<std::uint64_t> current_goroutine(const MemoryReader& memory, const Layout& layout,
                                               Address thread_pointer, Address& m);

}  // namespace memmap::go
