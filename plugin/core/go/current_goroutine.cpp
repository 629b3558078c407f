#include "go/current_goroutine.h"

#include "target/read.h"

namespace memmap::go {

std::optional<std::uint64_t> current_goroutine(const MemoryReader& memory, const Layout& layout,
                                               Address thread_pointer) {
  const auto field = [&](Address base, Field which) -> Address {
    if (base.is_null()) return {};
    return Address(read_word(memory, base + layout[which].offset).value_or(0));
  };
  if (thread_pointer.value() < 8) return std::nullopt;
  const Address g(read_word(memory, Address(thread_pointer.value() - 8)).value_or(0));
  const Address goroutine = field(field(g, Field::g_m), Field::m_curg);
  const std::uint64_t id = field(goroutine, Field::g_goid).value();
  return id == 0 ? std::nullopt : std::optional(id);
}

}  // namespace memmap::go
