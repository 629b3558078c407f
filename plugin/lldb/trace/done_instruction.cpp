#include "lldb/trace/done_instruction.h"

#include <sys/uio.h>

#include <span>

#include <fmt/format.h>

#include "lldb/sb_text.h"

namespace memmap {
namespace {

constexpr std::uint8_t kRet = 0xc3;
constexpr std::uint8_t kPushRbp = 0x55;
constexpr std::uint64_t kWord = 8;

bool write_unseen(lldb::pid_t pid, Address at, std::uint64_t word) {
  const iovec from{&word, kWord};
  const iovec to{reinterpret_cast<void*>(at.value()), kWord};
  return process_vm_writev(static_cast<pid_t>(pid), &from, 1, &to, 1, 0) == kWord;
}

bool write(lldb::SBProcess process, Address at, std::uint64_t word) {
  lldb::SBError error;
  return process.WriteMemory(at.value(), &word, kWord, error) == kWord;
}

}  // namespace

bool is_return(lldb::SBInstruction instruction, lldb::SBTarget target) {
  return text_of(instruction.GetMnemonic(std::move(target))).starts_with("ret");
}

Instruction instruction_of(lldb::SBInstruction instruction, lldb::SBTarget target) {
  lldb::SBError error;
  const std::uint8_t first = instruction.GetData(target).GetUnsignedInt8(error, 0);
  if (error.Fail() || instruction.GetByteSize() != 1) return Instruction::other;
  if (first == kRet) return Instruction::ret;
  return first == kPushRbp ? Instruction::push_rbp : Instruction::other;
}

std::optional<trace::StackRegisters> registers_after(Instruction instruction, const trace::StackRegisters& before,
                                                     const MemoryReader& memory) {
  if (instruction == Instruction::push_rbp)
    return trace::StackRegisters{before.pc + 1, Address(before.sp.value() - kWord), before.fp};
  std::uint64_t caller = 0;
  if (instruction != Instruction::ret || memory.read(before.sp, std::as_writable_bytes(std::span(&caller, 1))) != kWord)
    return std::nullopt;
  return trace::StackRegisters{Address(caller), before.sp + kWord, before.fp};
}

bool do_instruction(Instruction instruction, lldb::SBThread& thread, const trace::StackRegisters& after) {
  lldb::SBProcess process = thread.GetProcess();
  if (instruction == Instruction::push_rbp && !write_unseen(process.GetProcessID(), after.sp, after.fp.value()) &&
      !write(process, after.sp, after.fp.value()))
    return false;
  lldb::SBFrame frame = thread.GetFrameAtIndex(0);
  const std::string sp = fmt::format("{}", after.sp.value());
  return frame.FindRegister("rsp").SetValueFromCString(sp.c_str()) && frame.SetPC(after.pc.value());
}

void Pushed::add(lldb::SBProcess process, const trace::StackRegisters& after) {
  if (const std::uint32_t stop = process.GetStopID(); stop != stop_) {
    words_.clear();
    stop_ = stop;
  }
  words_.push_back(after);
}

void Pushed::show(lldb::SBProcess process) const {
  if (process.GetStopID() != stop_) return;
  for (const trace::StackRegisters& after : words_) write(process, after.sp, after.fp.value());
}

}  // namespace memmap
