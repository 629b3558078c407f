// Where in the code of a program its calls of the runtime's functions can be caught.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dwarf/code_symbols.h"
#include "trace/function_calls.h"

namespace memmap {

struct ProbePlace {
  enum class Where : std::uint8_t {
    entry,
    checked_entry,  // an entry only where the branch to runtime.morestack is not taken
    ret,
  };
  Where where = Where::entry;
  const trace::TracedFunction* function = nullptr;
  trace::Convention convention = trace::Convention::stack;
  std::uint64_t address = 0;  // as linked
};

// Of an address as linked; nothing where the file has no byte for it.
std::optional<std::uint64_t> file_offset(const ElfFile& file, std::uint64_t address);

// For each function its entry and each of its RETs. An entry is an instruction that each call
// executes once, with the return address on top of the stack and the arguments still in place:
// behind the stack check, which a preempted goroutine and a growing stack come back to. PUSH and
// jumps are emulated by the kernel; of other instructions a copy is stepped, at four times the
// price.
std::vector<ProbePlace> probe_places(const CodeSymbols& symbols,
                                     std::span<const trace::TracedFunction* const> functions);

}  // namespace memmap
