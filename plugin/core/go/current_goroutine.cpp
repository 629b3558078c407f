#include "go/current_goroutine.h"

#include "process/read.h"

namespace memmap::go {

namespace {

class ThreadReader {
 public:
  ThreadReader(const MemoryReader& memory, const Layout& layout) : memory_(memory), layout_(layout) {}

  Address word(Address at) const { return Address(read_word(memory_, at).value_or(0)); }
  Address field(Address base, Field which) const {
    return base.is_null() ? Address() : word(base + layout_[which].offset);
  }
  // m.curg and goid of g in one call.
  bool pair(Address m, Address g, Address& goroutine, std::uint64_t& id) const {
    ReadRequest requests[] = {{m + layout_[Field::m_curg].offset, std::as_writable_bytes(std::span(&goroutine, 1))},
                              {g + layout_[Field::g_goid].offset, std::as_writable_bytes(std::span(&id, 1))}};
    memory_.read_many(requests);
    return requests[0].whole && requests[1].whole;
  }

 private:
  const MemoryReader& memory_;
  const Layout& layout_;
};

}  // namespace

std::optional<std::uint64_t> current_goroutine(const MemoryReader& memory, const Layout& layout, Address thread_pointer,
                                               Address& m) {
  const ThreadReader thread(memory, layout);
  if (thread_pointer.value() < 8) return std::nullopt;
  const Address g = thread.word(Address(thread_pointer.value() - 8));
  Address goroutine;
  std::uint64_t id = 0;
  // Off the system stack g is m.curg itself. On it, and where C has lent the m, m is read again.
  const bool same_m = !g.is_null() && !m.is_null() && thread.pair(m, g, goroutine, id) && g == goroutine;
  if (!same_m) {
    m = thread.field(g, Field::g_m);
    goroutine = thread.field(m, Field::m_curg);
    id = thread.field(goroutine, Field::g_goid).value();
  }
  return id == 0 ? std::nullopt : std::optional(id);
}

Address ThreadGoroutines::pointer(Address base, Field field) const {
  if (base.is_null()) return {};
  return Address(read_word(memory_, base + layout_[field].offset).value_or(0));
}

bool ThreadGoroutines::is_of(Address m, std::uint64_t tid) const {
  return !m.is_null() && pointer(m, Field::m_procid).value() == tid;
}

Address ThreadGoroutines::find(std::uint64_t tid) const {
  constexpr int kMost = 1 << 16;  // threads; a list that has been overwritten may not end
  Address m(read_word(memory_, allm_).value_or(0));
  for (int i = 0; i < kMost && !m.is_null(); ++i, m = pointer(m, Field::m_alllink))
    if (is_of(m, tid)) return m;
  return {};
}

std::optional<std::uint64_t> ThreadGoroutines::of(std::uint64_t tid) {
  Address& m = threads_[tid];
  if (!is_of(m, tid)) m = find(tid);
  const Address goroutine = pointer(m, Field::m_curg);
  const std::uint64_t id = pointer(goroutine, Field::g_goid).value();
  return id == 0 ? std::nullopt : std::optional(id);
}

}  // namespace memmap::go
