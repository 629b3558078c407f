#include "linux/hit_program.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "target/load.h"

namespace memmap {
namespace {

// To read a process's memory the kernel asks for a program that it may count as GPL's. The
// instructions below may be had under the MIT licence or the GPL 2, too.
constexpr const char* kLicence = "Dual MIT/GPL";

using Instruction = bpf_insn;

// R1 to R5 are arguments and gone after a call, R0 is its result, R6 keeps, R10 is the end of the
// stack.
enum Register : std::uint8_t { R0, R1, R2, R3, R4, R5, R6, R10 = 10 };

constexpr std::int16_t kSlot = -8;  // on the stack: what was read last

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
constexpr Instruction load_slot(Register to) {
  return instruction(BPF_LDX | BPF_MEM | BPF_DW, to, R10, kSlot, 0);
}
constexpr Instruction call(bpf_func_id function) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, function);
}
constexpr Instruction skip_if_equal(Register left, std::int32_t right, std::int16_t instructions) {
  return instruction(BPF_JMP | BPF_JEQ | BPF_K, left, 0, instructions, right);
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
    add({copy(R1, R10), memmap::add(R1, kSlot), set(R2, sizeof(std::uint64_t)), call(function)});
  }
  // Follows the pointer in the slot.
  void follow(std::int32_t offset) {
    add({load_slot(R3), memmap::add(R3, offset)});
    read(BPF_FUNC_probe_read_user);
  }
  const std::vector<Instruction>& all() const { return all_; }

 private:
  std::vector<Instruction> all_;
};

void read_goroutine(Assembler& program, const GoroutinePath& path, std::int32_t fs_base) {
  program.add({call(BPF_FUNC_get_current_task), copy(R3, R0), add(R3, fs_base)});
  program.read(BPF_FUNC_probe_read_kernel);
  program.follow(-8);  // g
  program.follow(path.g_m);
  program.follow(path.m_curg);
  program.follow(path.g_goid);
}

Assembler writer(const GoroutinePath* path, std::int32_t fs_base, int outputs, int lost) {
  Assembler program;
  program.add({copy(R6, R1), instruction(BPF_ST | BPF_MEM | BPF_DW, R10, 0, kSlot, 0)});
  if (path != nullptr) read_goroutine(program, *path, fs_base);
  program.add({copy(R1, R6)});
  program.load_map(R2, outputs, BPF_PSEUDO_MAP_FD);
  program.add({instruction(BPF_ALU | BPF_MOV | BPF_K, R3, 0, 0, -1),  // BPF_F_CURRENT_CPU
               copy(R4, R10), add(R4, kSlot), set(R5, sizeof(std::uint64_t)),
               call(BPF_FUNC_perf_event_output)});
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
    if (std::string why = open_way(ways_[callers], callers, rings, path, *fs_base); !why.empty()) {
      ways_ = {};
      return why;
    }
  return {};
}

std::string HitProgram::open_way(Way& way, bool callers, const std::vector<PerfRing>& rings,
                                 const GoroutinePath& path, std::int32_t fs_base) {
  const int cpus = rings.back().cpu() + 1;  // in the order of their numbers
  way.outputs =
      make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, sizeof(int), static_cast<std::uint32_t>(cpus));
  if (!way.outputs.valid()) return refusal();
  perf_event_attr attributes = hit_attributes(callers);
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  for (const PerfRing& ring : rings) {
    FileDescriptor& event = way.events.emplace_back(open_event(attributes, ring.cpu()));
    const int cpu = ring.cpu();
    const int fd = event.get();
    if (!event.valid() || !ring.join(event) ||
        bpf_map_update_elem(way.outputs.get(), &cpu, &fd, BPF_ANY) != 0)
      return refusal();
  }
  const Assembler program =
      writer(callers ? &path : nullptr, fs_base, way.outputs.get(), lost_.get());
  way.program = FileDescriptor(bpf_prog_load(BPF_PROG_TYPE_KPROBE, "memmap_hit", kLicence,
                                             program.all().data(), program.all().size(), nullptr));
  return way.program.valid() ? std::string() : refusal();
}

bool HitProgram::attach(const FileDescriptor& probe, bool callers) const {
  return ioctl(probe.get(), PERF_EVENT_IOC_SET_BPF, ways_[callers].program.get()) == 0;
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

std::uint64_t HitProgram::goroutine_of(const ProbeHit& hit) {
  return load<std::uint64_t>(hit.raw, 0).value_or(0);
}

}  // namespace memmap
