// Instructions that a trace does itself at its breakpoints. LLDB would step over a breakpoint by
// taking it out, letting the one thread step, and putting it back: as dear as the stop itself.
#pragma once

#include <lldb/API/LLDB.h>

#include <optional>
#include <vector>

#include "process/target.h"
#include "trace/stack_walk.h"

namespace memmap {

enum class Instruction : std::uint8_t { other, ret, push_rbp };

bool is_return(lldb::SBInstruction instruction, lldb::SBTarget target);
Instruction instruction_of(lldb::SBInstruction instruction, lldb::SBTarget target);

// The registers after an instruction at which a thread stands; nullopt for `other`, and where its
// stack cannot be read.
std::optional<trace::StackRegisters> registers_after(Instruction instruction, const trace::StackRegisters& before,
                                                     const MemoryReader& memory);
// Makes them the thread's. The word that a push leaves on the stack is written past LLDB, whose own
// way is two more messages to its server; what it has read there before it forgets only once the
// process goes on.
bool do_instruction(Instruction instruction, lldb::SBThread& thread, const trace::StackRegisters& after);

// The pushes that were done since the process last stood still, for a trace that ends there.
class Pushed {
 public:
  void add(lldb::SBProcess process, const trace::StackRegisters& after);
  // Lets LLDB see them.
  void show(lldb::SBProcess process) const;

 private:
  std::uint32_t stop_ = 0;  // LLDB's number of it
  std::vector<trace::StackRegisters> words_;
};

}  // namespace memmap
