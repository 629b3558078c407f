// Which goroutine a thread works for, from its thread-local storage.
#pragma once

#include <optional>
#include <unordered_map>

#include "go/layout/layout.h"
#include "process/target.h"

namespace memmap::go {

// goid of m.curg, also on the system stack. `thread_pointer` is FS base on amd64, where the word
// below holds g (runtime.tlsg of a program; all releases). Nothing for threads that run no
// goroutine, and for C's own.
//
// `m` is the thread's m, as it was found the last time; null at first. Kept by the caller for each
// thread, it saves half of the reads.
std::optional<std::uint64_t> current_goroutine(const MemoryReader& memory, const Layout& layout, Address thread_pointer,
                                               Address& m);

// The same from the list of threads, for those who are not told FS base: m.procid is the kernel's
// number of a thread.
class ThreadGoroutines {
 public:
  // `allm` is the address of runtime.allm.
  ThreadGoroutines(const MemoryReader& memory, const Layout& layout, Address allm)
      : memory_(memory), layout_(layout), allm_(allm) {}

  std::optional<std::uint64_t> of(std::uint64_t tid);

 private:
  Address pointer(Address base, Field field) const;
  bool is_of(Address m, std::uint64_t tid) const;
  Address find(std::uint64_t tid) const;

  const MemoryReader& memory_;
  const Layout& layout_;
  Address allm_;
  std::unordered_map<std::uint64_t, Address> threads_;  // where the m of each was
};

}  // namespace memmap::go
