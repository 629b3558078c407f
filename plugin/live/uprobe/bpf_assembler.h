// Instructions of the kernel's BPF, as far as memmap writes programs of them
// (Documentation/bpf/standardization/instruction-set.rst).
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace memmap::bpf {

using Instruction = bpf_insn;

// R1 to R5 are arguments and gone after a call, R0 is its result, R6 to R9 are kept, R10 is the end
// of the stack.
enum Register : std::uint8_t { R0, R1, R2, R3, R4, R5, R6, R7, R8, R10 = 10 };

constexpr Instruction instruction(int code, std::uint8_t to, std::uint8_t from, std::int16_t offset,
                                  std::int32_t number) {
  Instruction made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = to & 0xf;
  made.src_reg = from & 0xf;
  made.off = offset;
  made.imm = number;
  return made;
}
constexpr Instruction copy(Register to, Register from) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr Instruction set(Register to, std::int32_t number) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number);
}
// The upper half becomes 0.
constexpr Instruction set_lower(Register to, std::int32_t number) {
  return instruction(BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, number);
}
constexpr Instruction add(Register to, std::int32_t number) {
  return instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number);
}
// Words of eight bytes, at an offset from what the register points to.
constexpr Instruction load(Register to, Register at, std::int16_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_DW, to, at, offset, 0);
}
constexpr Instruction store(Register at, std::int16_t offset, Register from) {
  return instruction(BPF_STX | BPF_MEM | BPF_DW, at, from, offset, 0);
}
constexpr Instruction add_atomically(Register at, Register what) {
  return instruction(BPF_STX | BPF_ATOMIC | BPF_DW, at, what, 0, BPF_ADD);
}
constexpr Instruction call(bpf_func_id function) { return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, function); }
// Over so many instructions.
constexpr Instruction skip_if(Register left, std::int32_t equals, int instructions) {
  const auto distance = static_cast<std::int16_t>(instructions);
  return instruction(BPF_JMP | BPF_JEQ | BPF_K, left, 0, distance, equals);
}
constexpr Instruction skip_unless(Register left, std::int32_t equals, int instructions) {
  const auto distance = static_cast<std::int16_t>(instructions);
  return instruction(BPF_JMP | BPF_JNE | BPF_K, left, 0, distance, equals);
}
constexpr Instruction leave() { return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

class Program {
 public:
  void add(std::initializer_list<Instruction> more) { all_.insert(all_.end(), more); }
  void add(const Program& more) { all_.insert(all_.end(), more.all_.begin(), more.all_.end()); }
  // Of two instructions' length: BPF_PSEUDO_MAP_FD for the map, BPF_PSEUDO_MAP_VALUE for the
  // address of an array's first value.
  void load_map(Register to, int map, std::uint8_t what) {
    add({instruction(BPF_LD | BPF_DW | BPF_IMM, to, what, 0, map), instruction(0, 0, 0, 0, 0)});
  }
  const std::vector<Instruction>& instructions() const { return all_; }

 private:
  std::vector<Instruction> all_;
};

}  // namespace memmap::bpf
