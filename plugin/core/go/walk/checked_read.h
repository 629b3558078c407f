// Words that have to be there: what cannot be read is said, and is not taken for a 0.
#pragma once

#include <optional>

#include "base/findings.h"
#include "go/runtime.h"

namespace memmap::go {

// `size` bytes at `at`, little-endian. Nothing, with a finding that names `what`, where they
// cannot be read.
std::optional<std::uint64_t> checked_word(const Runtime& runtime, Address at, const char* what, Findings& findings,
                                          std::size_t size = 8);

// The first item of the list whose head lies at `at`. Null where the list is empty, where this
// program has no such list (`at` is null), and where the head cannot be read: then with a finding.
Address list_head(const Runtime& runtime, Address at, const char* what, Findings& findings);

}  // namespace memmap::go
