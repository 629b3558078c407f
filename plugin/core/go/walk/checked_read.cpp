#include "go/walk/checked_read.h"

namespace memmap::go {

std::optional<std::uint64_t> checked_word(const Runtime& runtime, Address at, const char* what, Findings& findings,
                                          std::size_t size) {
  const Result<std::uint64_t> word = read_word(runtime.memory(), at, size);
  if (word) return *word;
  findings.add(Severity::warning, {FaultCode::unreadable, what, at});
  return std::nullopt;
}

Address list_head(const Runtime& runtime, Address at, const char* what, Findings& findings) {
  return at.is_null() ? Address() : Address(checked_word(runtime, at, what, findings).value_or(0));
}

}  // namespace memmap::go
