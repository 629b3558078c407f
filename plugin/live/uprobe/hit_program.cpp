#include "live/uprobe/hit_program.h"

#include <asm/ptrace.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "live/uprobe/bpf_assembler.h"
#include "live/uprobe/sample_bytes.h"

namespace memmap {
namespace {

using namespace bpf;

// To read a process's memory the kernel asks for a program that it may count as GPL's. The
// instructions below may be had under the MIT licence or the GPL 2, too.
constexpr const char* kLicence = "Dual MIT/GPL";

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

// The kernel's pt_regs, which the program is handed.
void copy_registers(Program& program) {
  constexpr std::size_t kFrom[] = {offsetof(pt_regs, rax), offsetof(pt_regs, rbx),   offsetof(pt_regs, rcx),
                                   offsetof(pt_regs, rdi), offsetof(pt_regs, rbp),   offsetof(pt_regs, rsp),
                                   offsetof(pt_regs, rip), offsetof(pt_regs, eflags)};
  static_assert(sizeof kFrom / sizeof *kFrom == sizeof(HitRegisters) / kWord);
  std::int16_t to = kWritten;
  for (const std::size_t from : kFrom) {
    program.add({load(R1, R6, static_cast<std::int16_t>(from)), store(R10, to, R1)});
    to += kWord;
  }
}

// Reads the word at R3 to the slot. What cannot be read is 0, and so is what follows from it.
void read(Program& program, bpf_func_id function) {
  program.add({copy(R1, R10), add(R1, kSlot), set(R2, kWord), call(function)});
}

void follow_slot(Program& program, std::int32_t offset) {
  program.add({load(R3, R10, kSlot), add(R3, offset)});
  read(program, BPF_FUNC_probe_read_user);
}

void read_goroutine(Program& program, const GoroutinePath& path) {
  program.add({call(BPF_FUNC_get_current_task), copy(R3, R0), add(R3, path.fs_base)});
  read(program, BPF_FUNC_probe_read_kernel);
  follow_slot(program, -kWord);  // g
  follow_slot(program, path.g_m);
  follow_slot(program, path.m_curg);
  follow_slot(program, path.g_goid);
  program.add({load(R1, R10, kSlot), store(R10, kGoroutine, R1)});
}

// The return address on top of the stack, and as RBP leads, which is still the caller's: of each
// frame the caller's RBP and the return address. R8 is the size of what is to be written then.
void read_callers(Program& program) {
  program.add({load(R3, R6, offsetof(pt_regs, rsp))});
  read(program, BPF_FUNC_probe_read_user);
  program.add({load(R1, R10, kSlot), store(R10, kCallers, R1), set(R8, sizeof(Written) + kWord),
               load(R7, R6, offsetof(pt_regs, rbp))});
  constexpr int kSteps = 11;
  for (int i = 1; i < kMostCallers; ++i) {
    const int to_end = (kMostCallers - i) * kSteps;
    program.add({skip_if(R7, 0, to_end - 1), copy(R1, R10), add(R1, kSlot), set(R2, 2 * kWord), copy(R3, R7),
                 call(BPF_FUNC_probe_read_user), skip_unless(R0, 0, to_end - 7), load(R7, R10, kSlot),
                 load(R1, R10, kSlot + kWord), store(R10, static_cast<std::int16_t>(kCallers + i * kWord), R1),
                 set(R8, static_cast<std::int32_t>(sizeof(Written)) + (1 + i) * kWord)});
  }
}

// The maps of a program, by their file descriptors.
struct Maps {
  int outputs, lost, stopped;
};

// What cannot be written is counted.
Program writer(HitParts parts, const std::optional<GoroutinePath>& path, const Maps& maps) {
  Program program;
  copy_registers(program);
  program.add({set(R1, 0), store(R10, kGoroutine, R1), set(R8, sizeof(Written))});
  if (parts.callers && path) read_goroutine(program, *path);
  if (parts.callers) read_callers(program);
  program.add({copy(R1, R6)});
  program.load_map(R2, maps.outputs, BPF_PSEUDO_MAP_FD);
  constexpr std::int32_t kThisCpu = -1;  // BPF_F_CURRENT_CPU
  program.add({set_lower(R3, kThisCpu), copy(R4, R10), add(R4, kWritten), copy(R5, R8),
               call(BPF_FUNC_perf_event_output), skip_if(R0, 0, 4)});
  program.load_map(R1, maps.lost, BPF_PSEUDO_MAP_VALUE);
  program.add({set(R2, 1), add_atomically(R1, R2)});
  return program;
}

// The probes outlive the end by seconds: nothing is done for their hits then.
Program until_stopped(const Program& work, int stopped) {
  Program program;
  program.add({copy(R6, R1)});
  program.load_map(R1, stopped, BPF_PSEUDO_MAP_VALUE);
  program.add({load(R1, R1, 0), skip_unless(R1, 0, static_cast<int>(work.instructions().size()))});
  program.add(work);
  program.add({set(R0, 0), leave()});
  return program;
}

// Where a member lies in a struct of the kernel's, in bytes.
std::optional<std::uint32_t> offset_in(const btf* types, const char* name, std::string_view member) {
  const int id = btf__find_by_name_kind(types, name, BTF_KIND_STRUCT);
  if (id < 0) return std::nullopt;
  const btf_type* const type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i)
    if (btf__name_by_offset(types, btf_members(type)[i].name_off) == member) return btf_member_bit_offset(type, i) / 8;
  return std::nullopt;
}

// Of the kernel that runs, and of no other that looks like it.
constexpr const char* kKernelTypes = "/sys/kernel/btf/vmlinux";

// Of a thread's FS base in the kernel's record of it, where the kernel keeps what arch_prctl and
// clone have set.
std::optional<std::int32_t> offset_of_fs_base() {
  const std::unique_ptr<btf, void (*)(btf*)> types(btf__parse(kKernelTypes, nullptr), btf__free);
  if (types == nullptr) return std::nullopt;
  const auto thread = offset_in(types.get(), "task_struct", "thread");
  const auto fs_base = offset_in(types.get(), "thread_struct", "fsbase");
  if (!thread || !fs_base) return std::nullopt;
  return static_cast<std::int32_t>(*thread + *fs_base);
}

FileDescriptor make_map(bpf_map_type type, std::uint32_t value_size, std::uint32_t entries) {
  return FileDescriptor(bpf_map_create(type, nullptr, sizeof(std::uint32_t), value_size, entries, nullptr));
}

std::string refusal() { return fmt::format("the kernel takes no program of memmap's: {}", strerror(errno)); }

}  // namespace

std::string HitProgram::open(const std::vector<PerfRing>& rings, std::span<const HitParts> wanted,
                             const std::optional<GoroutinePath>& path) {
  libbpf_set_print(nullptr);  // what it has to say is said here
  path_ = path;
  const std::optional<std::int32_t> fs_base = path ? offset_of_fs_base() : std::nullopt;
  if (!path)
    why_no_goroutines_ = "the layout of the runtime's structs is not known";
  else if (!fs_base)
    why_no_goroutines_ = fmt::format("the kernel does not describe its types ({})", kKernelTypes);
  if (fs_base)
    path_->fs_base = *fs_base;
  else
    path_.reset();
  lost_ = make_map(BPF_MAP_TYPE_ARRAY, sizeof(std::uint64_t), 1);
  stopped_ = make_map(BPF_MAP_TYPE_ARRAY, sizeof(std::uint64_t), 1);
  std::string why = lost_.valid() && stopped_.valid() ? std::string() : refusal();
  for (const HitParts parts : wanted)
    if (why.empty() && way(parts) == nullptr) why = add_way(parts, rings);
  if (!why.empty()) ways_.clear();
  return why;
}

std::string HitProgram::add_way(HitParts parts, const std::vector<PerfRing>& rings) {
  Way& way = ways_.emplace_back();
  way.parts = parts;
  if (!open_outputs(way, rings)) return refusal();
  const Maps maps{way.outputs.get(), lost_.get(), stopped_.get()};
  const Program program = until_stopped(writer(parts, path_, maps), maps.stopped);
  way.program = FileDescriptor(bpf_prog_load(BPF_PROG_TYPE_KPROBE, "memmap_hit", kLicence,
                                             program.instructions().data(), program.instructions().size(), nullptr));
  return way.program.valid() ? std::string() : refusal();
}

bool HitProgram::open_outputs(Way& way, const std::vector<PerfRing>& rings) {
  const int cpus = rings.back().cpu() + 1;  // in the order of their numbers
  way.outputs = make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, sizeof(int), static_cast<std::uint32_t>(cpus));
  if (!way.outputs.valid()) return false;
  perf_event_attr attributes = hit_attributes();
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
  attributes.sample_type |= PERF_SAMPLE_RAW;
  if (way.parts.stack) attributes.sample_type |= PERF_SAMPLE_STACK_USER;
  for (const PerfRing& ring : rings) {
    FileDescriptor& event = way.events.emplace_back(open_event(attributes, ring.cpu()));
    const int cpu = ring.cpu();
    const int fd = event.get();
    if (!event.valid() || !ring.join(event) || bpf_map_update_elem(way.outputs.get(), &cpu, &fd, BPF_ANY) != 0)
      return false;
  }
  return true;
}

const HitProgram::Way* HitProgram::way(HitParts parts) const {
  const auto found = std::ranges::find(ways_, parts, &Way::parts);
  return found == ways_.end() ? nullptr : &*found;
}

bool HitProgram::attach(const FileDescriptor& probe, HitParts parts) const {
  return ioctl(probe.get(), PERF_EVENT_IOC_SET_BPF, way(parts)->program.get()) == 0;
}

std::uint64_t HitProgram::stop() {
  const std::uint32_t first = 0;
  const std::uint64_t yes = 1;
  std::uint64_t lost = 0;
  bpf_map_update_elem(stopped_.get(), &first, &yes, BPF_ANY);
  bpf_map_lookup_elem(lost_.get(), &first, &lost);
  return lost;
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
