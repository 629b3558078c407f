#include "live/ptrace/call_recorder.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "go/current_goroutine.h"
#include "live/ptrace/monotonic.h"
#include "model/model.h"
#include "process/elf/elf_match.h"
#include "process/proc/proc.h"

namespace memmap {
namespace {

using trace::Event;
using trace::Operation;

std::optional<Operation> operation_of(std::uint64_t number) {
  switch (number) {
    case SYS_mmap:
      return Operation::mmap;
    case SYS_munmap:
      return Operation::munmap;
    case SYS_mremap:
      return Operation::mremap;
    case SYS_madvise:
      return Operation::madvise;
    case SYS_mprotect:
      return Operation::mprotect;
    case SYS_brk:
      return Operation::brk;
    case SYS_prctl:
      return Operation::prctl;
    default:
      return std::nullopt;
  }
}

// Of a C string, as far as it is believed.
std::string read_text(const MemoryReader& memory, Address at) {
  std::array<std::byte, 80> bytes{};  // ANON_VMA_NAME_MAX_LEN of the kernel
  const std::size_t got = memory.read(at, bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), got);
  return std::string(text.substr(0, text.find('\0')));
}

// Calls whose result is an address; of the others it is the first argument.
bool gives_address(Operation operation) {
  return operation == Operation::mmap || operation == Operation::mremap || operation == Operation::brk;
}

// How many of the functions around the last call are the same calls around this one: down to the
// first that has gone on to another place in its code.
std::size_t still_open(std::span<const OpenFunction> last, std::span<const OpenFunction> now) {
  for (std::size_t i = 0; i < last.size() && i < now.size(); ++i) {
    if (now[i].slot.is_null() || last[i].slot != now[i].slot || last[i].operation != now[i].operation) return 0;
    if (last[i].pc != now[i].pc) return last[i].pc < now[i].pc ? i + 1 : 0;
  }
  return 0;
}

// The index in `stack` of each of the log's frames: several share an address where functions
// were inlined.
std::vector<std::size_t> places_of(std::span<const trace::Frame> frames) {
  std::vector<std::size_t> places(frames.size());
  for (std::size_t i = 1; i < frames.size(); ++i)
    places[i] = places[i - 1] + (frames[i].pc == frames[i - 1].pc ? 0 : 1);
  return places;
}

}  // namespace

std::string TracedProgram::open(std::uint64_t pid) {
  const std::string path = fmt::format("/proc/{}/exe", pid);
  file_ = {};
  file_.open(path);
  Result<std::unique_ptr<CodeSymbols>> symbols = CodeSymbols::open(path);
  if (!symbols) return fmt::format("the program of process {} cannot be read", pid);
  symbols_ = std::move(*symbols);
  Target target;
  target.auxv = read_auxv(pid);
  bias_ = load_bias(target, symbols_->file()).value_or(0);
  // The first name asks for the line table of the runtime's unit, which takes a while.
  if (const FunctionRange* const function = symbols_->function_named("runtime.mallocinit"))
    symbols_->at(function->begin);
  return {};
}

AddressRange TracedProgram::code() const {
  AddressRange code;
  for (const ElfSegment& segment : symbols_->file().segments()) {
    if (segment.type != PT_LOAD || !segment.permissions().execute) continue;
    const Address begin(segment.address + bias_);
    const Address end = begin + segment.memory_size;
    code = code.empty() ? AddressRange{begin, end} : AddressRange{std::min(code.begin, begin), std::max(code.end, end)};
  }
  return code;
}

CallRecorder::CallRecorder(std::uint64_t pid, const TracedProgram& program, trace::Log& log)
    : memory_(pid),
      reads_(memory_),
      program_(program),
      log_(log),
      walk_(reads_, program.code()),
      stacks_(log, program.symbols(), program.bias()),
      sites_(log),
      began_(monotonic_now()) {}

Event CallRecorder::event_of(Operation operation, const user_regs_struct& registers) const {
  Event event;
  event.nanoseconds = monotonic_now() - began_;
  event.operation = operation;
  event.size = registers.rsi;
  if (!gives_address(operation)) event.address = Address(registers.rdi);
  switch (operation) {
    case Operation::mmap:
      event.protection = static_cast<std::uint32_t>(registers.rdx);
      event.flags = static_cast<std::uint32_t>(registers.r10);
      break;
    case Operation::mprotect:
    case Operation::madvise:
      event.protection = static_cast<std::uint32_t>(registers.rdx);
      break;
    case Operation::mremap:
      event.size = registers.rdx;
      event.flags = static_cast<std::uint32_t>(registers.r10);
      event.before = AddressRange::of(Address(registers.rdi), registers.rsi).value_or(AddressRange{});
      break;
    case Operation::brk:
      event.size = trace::kNoSize;
      break;
    case Operation::prctl:
      event.address = Address(registers.rdx);
      event.size = registers.r10;
      break;
    default:
      break;
  }
  return event;
}

bool CallRecorder::wants(std::uint64_t number) { return number == SYS_exit_group || operation_of(number).has_value(); }

void CallRecorder::enter(std::uint32_t tid, const user_regs_struct& registers, ThreadCalls& thread) {
  const std::optional<Operation> operation = operation_of(registers.orig_rax);
  if (!operation) return;
  Event event = event_of(*operation, registers);
  event.thread = tid;
  if (*operation == Operation::prctl) event.text = log_.text(read_text(memory_, Address(registers.r8)));
  const RepeatedReads::Stop stop(reads_, thread.reads);
  const std::span<const trace::StackEntry> stack =
      walk_.at_leaf({Address(registers.rip), Address(registers.rsp), Address(registers.rbp)});
  std::vector<Address> pcs;
  for (const trace::StackEntry& entry : stack) pcs.push_back(entry.pc);
  event.stack = stacks_.id(pcs);
  if (program_.file().has_layout())
    event.goroutine = go::current_goroutine(reads_, program_.file().layout(), Address(registers.fs_base), thread.m)
                          .value_or(trace::kNoGoroutine);
  add_functions(event, stack, thread);
  thread.call = log_.begin(event);
}

// Functions around the call become events of their own, unless they were seen around the last.
void CallRecorder::add_functions(Event& call, std::span<const trace::StackEntry> stack, ThreadCalls& thread) {
  const trace::CallSite site = sites_.of(call.stack);
  const std::vector<std::size_t> places = places_of(log_.frames(call.stack));
  std::vector<OpenFunction> functions;
  for (const trace::EnclosingCall& function : site.calls) {
    const std::size_t place = places[function.innermost];
    const bool has_slot = !function.inlined && place + 1 < stack.size();
    functions.push_back({function.operation, has_slot ? stack[place + 1].slot : Address(), stack[place].pc, 0});
  }
  find_known(functions, thread, call);
  if (caught_ != nullptr) call.parent = caught_->under_way(call.thread);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    trace::Sequence& sequence = functions[i].sequence;
    if (sequence == 0) sequence = trace::begin_enclosing(log_, call, site, site.calls[i], has_heap_sys());
    call.parent = sequence;
  }
  if (call.parent != 0) call.kind = log_.event(call.parent).kind;
  thread.functions = std::move(functions);
}

// Those that have their event already: from their entry, which need not know the goroutine, or from
// the system call before.
void CallRecorder::find_known(std::vector<OpenFunction>& functions, const ThreadCalls& thread, const Event& call) {
  const std::size_t same = still_open(thread.functions, functions);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    OpenFunction& function = functions[i];
    if (caught_ != nullptr) function.sequence = caught_->under_way(call.thread, function.operation);
    function.caught = function.sequence != 0;
    if (function.caught && log_.event(function.sequence).goroutine == trace::kNoGoroutine)
      log_.event(function.sequence).goroutine = call.goroutine;
    if (!function.caught && i < same) function.sequence = thread.functions[i].sequence;
  }
}

bool CallRecorder::has_heap_sys() const {
  return program_.file().has_layout() && program_.file().layout().has(go::Field::stats_heap_sys);
}

void CallRecorder::leave(std::uint64_t result, ThreadCalls& thread) {
  if (thread.call == 0) return;
  Event& call = log_.event(thread.call);
  const auto value = static_cast<std::int64_t>(result);
  const bool failed = value < 0 && value >= -4095;
  if (failed) call.error = static_cast<std::int16_t>(-value);
  if (gives_address(call.operation)) call.address = failed ? trace::kNoAddress : Address(result);
  call.ended_after = static_cast<trace::Sequence>(log_.size());
  for (const OpenFunction& function : thread.functions)
    if (!function.caught) trace::end_enclosing(log_.event(function.sequence), call);
  thread.call = 0;
}

}  // namespace memmap
