#include "linux/hit_program.h"

#include <asm/ptrace.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "linux/sample_bytes.h"

namespace memmap {
namespace {

// To read a process's memory the kernel asks for a program that it may count as GPL's. The
// instructions below may be had under the MIT licence or the GPL 2, too.
constexpr const char* kLicence = "Dual MIT/GPL";

using Instruction = bpf_insn;

// R1 to R5 are arguments and gone after a call, R0 is its result, R6 to R8 are kept, R10 is the end
// of the stack.
enum Register : std::uint8_t { R0, R1, R2, R3, R4, R5, R6, R7, R8, R10 = 10 };

// What is written with a hit; the callers follow, as many as there are.
struct Written {
  HitRegisters registers;
  std::uint64_t goroutine;
};

// The stack of a program has 512 bytes: what was read last, up to two words, and what is written.
constexpr std::int16_t kWord = 8;
constexpr int kMostCallers = 52;
constexpr std::int16_t kSlot = -2 * kWord;
constexpr std::int16_t kWritten = kSlot - kMostCallers * kWord - std::int16_t{sizeof(Written)};
constexpr std::int16_t kGoroutine = kWritten + std::int16_t{offsetof(Written, goroutine)};
constexpr std::int16_t kCallers = kWritten + std::int16_t{sizeof(Written)};
static_assert(kWritten >= -512);

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
constexpr Instruction add(Register to, std::int32_t number) {
  return instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number);
}
constexpr Instruction load(Register to, Register from, std::int16_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0);
}
constexpr Instruction store(std::int16_t offset, Register from) {
  return instruction(BPF_STX | BPF_MEM | BPF_DW, R10, from, offset, 0);
}
constexpr Instruction call(bpf_func_id function) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, function);
}
constexpr Instruction skip_if_equal(Register left, std::int32_t right, int instructions) {
  return instruction(BPF_JMP | BPF_JEQ | BPF_K, left, 0, static_cast<std::int16_t>(instructions),
                     right);
}
constexpr Instruction skip_unless_zero(Register left, int instructions) {
  return instruction(BPF_JMP | BPF_JNE | BPF_K, left, 0, static_cast<std::int16_t>(instructions),
                     0);
}

class Assembler {
 public:
  void add(std::initializer_list<Instruction> more) { all_.insert(all_.end(), more); }
  // An instruction of two: the file descriptor of a map, or the address of an array's first value.
  void load_map(Register to, int map, std::uint8_t kind) {
    add({instruction(BPF_LD | BPF_DW | BPF_IMM, to, kind, 0, map), instruction(0, 0, 0, 0, 0)});
  }
  // Reads the word at R3 to the slot. What cannot be read is 0, and so is what follows from it.
  void read(bpf_func_id function) {
    add({copy(R1, R10), memmap::add(R1, kSlot), set(R2, kWord), call(function)});
  }
  // Follows the pointer in the slot.
  void follow(std::int32_t offset) {
    add({load(R3, R10, kSlot), memmap::add(R3, offset)});
    read(BPF_FUNC_probe_read_user);
  }
  const std::vector<Instruction>& all() const { return all_; }

 private:
  std::vector<Instruction> all_;
};

// The kernel's pt_regs, which the program is handed.
void copy_registers(Assembler& program) {
  constexpr std::size_t kFrom[] = {offsetof(pt_regs, rax), offsetof(pt_regs, rbx),
                                   offsetof(pt_regs, rcx), offsetof(pt_regs, rdi),
                                   offsetof(pt_regs, rbp), offsetof(pt_regs, rsp),
                                   offsetof(pt_regs, rip), offsetof(pt_regs, eflags)};
  static_assert(sizeof kFrom / sizeof *kFrom == sizeof(HitRegisters) / kWord);
  std::int16_t to = kWritten;
  for (const std::size_t from : kFrom) {
    program.add({load(R1, R6, static_cast<std::int16_t>(from)), store(to, R1)});
    to += kWord;
  }
}

void read_goroutine(Assembler& program, const GoroutinePath& path, std::int32_t fs_base) {
  program.add({call(BPF_FUNC_get_current_task), copy(R3, R0), add(R3, fs_base)});
  program.read(BPF_FUNC_probe_read_kernel);
  program.follow(-8);  // g
  program.follow(path.g_m);
  program.follow(path.m_curg);
  program.follow(path.g_goid);
  program.add({load(R1, R10, kSlot), store(kGoroutine, R1)});
}

// The return address on top of the stack, and as RBP leads, which is still the caller's: of each
// frame the caller's RBP and the return address. R8 is the size of what is to be written then.
void read_callers(Assembler& program) {
  program.add({load(R3, R6, offsetof(pt_regs, rsp))});
  program.read(BPF_FUNC_probe_read_user);
  program.add({load(R1, R10, kSlot), store(kCallers, R1), set(R8, sizeof(Written) + kWord),
               load(R7, R6, offsetof(pt_regs, rbp))});
  constexpr int kSteps = 11;
  for (int i = 1; i < kMostCallers; ++i) {
    const int to_end = (kMostCallers - i) * kSteps;
    program.add({skip_if_equal(R7, 0, to_end - 1), copy(R1, R10), add(R1, kSlot),
                 set(R2, 2 * kWord), copy(R3, R7), call(BPF_FUNC_probe_read_user),
                 skip_unless_zero(R0, to_end - 7), load(R7, R10, kSlot),
                 load(R1, R10, kSlot + kWord),
                 store(static_cast<std::int16_t>(kCallers + i * kWord), R1),
                 set(R8, static_cast<std::int32_t>(sizeof(Written)) + (1 + i) * kWord)});
  }
}

Assembler writer(const GoroutinePath* path, std::int32_t fs_base, int outputs, int lost) {
  Assembler program;
  program.add({copy(R6, R1)});
  copy_registers(program);
  program.add({set(R1, 0), store(kGoroutine, R1), set(R8, sizeof(Written))});
  if (path != nullptr) {
    read_goroutine(program, *path, fs_base);
    read_callers(program);
  }
  program.add({copy(R1, R6)});
  program.load_map(R2, outputs, BPF_PSEUDO_MAP_FD);
  program.add({instruction(BPF_ALU | BPF_MOV | BPF_K, R3, 0, 0, -1),  // BPF_F_CURRENT_CPU
               copy(R4, R10), add(R4, kWritten), copy(R5, R8), call(BPF_FUNC_perf_event_output)});
  // Unless it is written, or the events have been stopped, it is lost.
  program.add({skip_if_equal(R0, 0, 5), skip_if_equal(R0, -EOPNOTSUPP, 4)});
  program.load_map(R1, lost, BPF_PSEUDO_MAP_VALUE);
  program.add({set(R2, 1), instruction(BPF_STX | BPF_ATOMIC | BPF_DW, R1, R2, 0, BPF_ADD)});
  program.add({set(R0, 0), instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)});
  return program;
}

// Where a member lies in a struct of the kernel's, in bytes.
std::optional<std::uint32_t> offset_in(const btf* types, const char* name,
                                       std::string_view member) {
  const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
  if (id < 0) return std::nullopt;
  const btf_type* const type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i)
    if (btf__name_by_offset(types, btf_members(type)[i].name_off) == member)
      return btf_member_bit_offset(type, i) / 8;
  return std::nullopt;
}

// Of a thread's FS base in the kernel's record of it, where the kernel keeps what arch_prctl and
// clone have set.
std::optional<std::int32_t> offset_of_fs_base() {
  const std::unique_ptr<btf, void (*)(btf*)> types(btf__load_vmlinux_btf(), btf__free);
  if (types == nullptr) return std::nullopt;
  const auto thread = offset_in(types.get(), "task_struct", "thread");
  const auto fs_base = offset_in(types.get(), "thread_struct", "fsbase");
  if (!thread || !fs_base) return std::nullopt;
  return static_cast<std::int32_t>(*thread + *fs_base);
}

FileDescriptor make_map(bpf_map_type type, std::uint32_t value_size, std::uint32_t entries) {
  return FileDescriptor(
      bpf_map_create(type, nullptr, sizeof(std::uint32_t), value_size, entries, nullptr));
}

std::string refusal() {
  return fmt::format("the kernel takes no program of memmap's: {}", strerror(errno));
}

}  // namespace

std::string HitProgram::open(const std::vector<PerfRing>& rings, const GoroutinePath& path) {
  libbpf_set_print(nullptr);  // what it has to say is said here
  const std::optional<std::int32_t> fs_base = offset_of_fs_base();
  if (!fs_base) return "the kernel does not describe its types (/sys/kernel/btf/vmlinux)";
  lost_ = make_map(BPF_MAP_TYPE_ARRAY, sizeof(std::uint64_t), 1);
  if (!lost_.valid()) return refusal();
  for (const bool callers : {false, true})
    for (const bool stack : {false, true})
      if (std::string why = add_way({callers, stack}, rings, path, *fs_base); !why.empty()) {
        ways_.clear();
        return why;
      }
  return {};
}

std::string HitProgram::add_way(HitParts parts, const std::vector<PerfRing>& rings,
                                const GoroutinePath& path, std::int32_t fs_base) {
  Way& way = ways_.emplace_back();
  way.parts = parts;
  const int cpus = rings.back().cpu() + 1;  // in the order of their numbers
  way.outputs =
      make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, sizeof(int), static_cast<std::uint32_t>(cpus));
  if (!way.outputs.valid()) return refusal();
  perf_event_attr attributes = hit_attributes();
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  attributes.sample_type |= PERF_SAMPLE_RAW;
  if (parts.stack) attributes.sample_type |= PERF_SAMPLE_STACK_USER;
  for (const PerfRing& ring : rings) {
    FileDescriptor& event = way.events.emplace_back(open_event(attributes, ring.cpu()));
    const int cpu = ring.cpu();
    const int fd = event.get();
    if (!event.valid() || !ring.join(event) ||
        bpf_map_update_elem(way.outputs.get(), &cpu, &fd, BPF_ANY) != 0)
      return refusal();
  }
  const Assembler program =
      writer(parts.callers ? &path : nullptr, fs_base, way.outputs.get(), lost_.get());
  way.program = FileDescriptor(bpf_prog_load(BPF_PROG_TYPE_KPROBE, "memmap_hit", kLicence,
                                             program.all().data(), program.all().size(), nullptr));
  return way.program.valid() ? std::string() : refusal();
}

const HitProgram::Way& HitProgram::way(HitParts parts) const {
  return *std::ranges::find_if(ways_, [&](const Way& way) {
    return way.parts.callers == parts.callers && way.parts.stack == parts.stack;
  });
}

bool HitProgram::attach(const FileDescriptor& probe, HitParts parts) const {
  return ioctl(probe.get(), PERF_EVENT_IOC_SET_BPF, way(parts).program.get()) == 0;
}

void HitProgram::stop() {
  for (const Way& way : ways_)
    for (const FileDescriptor& event : way.events) ioctl(event.get(), PERF_EVENT_IOC_DISABLE, 0);
}

std::uint64_t HitProgram::lost() const {
  const std::uint32_t first = 0;
  std::uint64_t count = 0;
  if (!lost_.valid() || bpf_map_lookup_elem(lost_.get(), &first, &count) != 0) return 0;
  return count;
}

void HitProgram::add_parts(ProbeHit& hit, std::span<const std::byte> rest) {
  std::span<const std::byte> raw = take(rest, take<std::uint32_t>(rest));
  const auto written = take<Written>(raw);
  hit.registers = written.registers;
  hit.goroutine = written.goroutine;
  hit.callers = raw;
  hit.stack = take_stack(rest);
}

}  // namespace memmap
