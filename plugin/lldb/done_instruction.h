// Instructions that a trace does itself at its breakpoints. LLDB would step over a breakpoint by
// taking it out, letting the one thread step, and putting it back: as dear as the stop itself.
#pragma once

#include <lldb/API/LLDB.h>

#include <optional>

#include "target/target.h"
#include "trace/stack_walk.h"

namespace memmap {

enum class Instruction : std::uint8_t { other, ret, push_rbp };

Instruction instruction_of(lldb::SBInstruction instruction, lldb::SBTarget target);

// The registers after an instruction at which a thread stands; nullopt for `other`, and where its
// stack cannot be read.
std::optional<trace::StackRegisters> registers_after(Instruction instruction,
                                                     const trace::StackRegisters& before,
                                                     const MemoryReader& memory);
// Makes them the thread's, with what the instruction leaves on the stack.
bool do_instruction(Instruction instruction, lldb::SBThread& thread,
                    const trace::StackRegisters& after);

}  // namespace memmap
