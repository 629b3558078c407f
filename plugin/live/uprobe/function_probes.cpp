#include "live/uprobe/function_probes.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/text.h"
#include "live/uprobe/stat_charges.h"
#include "process/load.h"

namespace memmap {
namespace {

using Where = ProbePlace::Where;

// JBE: unsigned below or equal.
bool takes_branch(const HitRegisters& registers) {
  constexpr std::uint64_t kCarry = 1U << 0;
  constexpr std::uint64_t kZero = 1U << 6;
  return (registers.flags & (kCarry | kZero)) != 0;
}

// What is passed in registers needs none.
bool reads_stack(const ProbePlace& place) { return place.convention == trace::Convention::stack; }

std::string name_of(const ProbePlace& place, const FunctionProbes::Choice& choice) {
  return place.function != nullptr ? std::string(place.function->name) : printable(choice.until);
}

std::optional<GoroutinePath> goroutine_path(const go::ProgramFile& file) {
  if (!file.has_layout()) return std::nullopt;
  const auto offset = [&](go::Field field) { return static_cast<std::int32_t>(file.layout()[field].offset); };
  return GoroutinePath{
      .g_m = offset(go::Field::g_m), .m_curg = offset(go::Field::m_curg), .g_goid = offset(go::Field::g_goid)};
}

}  // namespace

void FunctionProbes::HitMemory::hold(const ProbeHit& hit) {
  begin_ = Address(hit.registers.sp);
  bytes_ = hit.stack;
}

std::size_t FunctionProbes::HitMemory::read(Address from, std::span<std::byte> out) const {
  if (from < begin_) return 0;
  const std::span<const std::byte> found = clip(bytes_, from - begin_, out.size());
  std::ranges::copy(found, out.begin());
  return found.size();
}

std::vector<ProbePlace> FunctionProbes::places_for(const CodeSymbols& symbols, const Choice& choice) {
  auto functions =
      trace::functions_for(choice.what, [&](std::string_view name) { return symbols.function_named(name) != nullptr; });
  std::erase_if(functions, [&](const trace::TracedFunction* function) {
    return function->name == choice.spared ||
           (!choice.system_calls && trace::info(function->operation).level == trace::CallLevel::system_call);
  });
  std::vector<ProbePlace> places = probe_places(symbols, functions);
  if (const FunctionRange* const until = symbols.function_named(choice.until)) {
    std::erase_if(places, [&](const ProbePlace& place) { return place.address == until->begin; });
    places.push_back({.where = Where::entry, .address = until->begin});
  }
  return places;
}

std::string FunctionProbes::open(std::uint64_t pid, const TracedProgram& program, trace::Log& log, std::uint64_t began,
                                 const Choice& choice) {
  const CodeSymbols& symbols = *program.symbols();
  places_ = places_for(symbols, choice);
  if (places_.empty()) return "the program has no symbols for the functions that are to be traced";
  std::vector<UprobePlace> wanted;
  for (const ProbePlace& place : places_) {
    const auto offset = file_offset(symbols.file(), place.address);
    if (!offset) return fmt::format("{} lies in no part of the program's file", name_of(place, choice));
    wanted.push_back({*offset, {.callers = place.where != Where::ret, .stack = reads_stack(place)}});
  }
  std::ranges::sort(places_, {}, &ProbePlace::address);
  if (std::string why = rings_.open(fmt::format("/proc/{}/exe", pid), wanted, {.path = goroutine_path(program.file())},
                                    choice.interrupted);
      !why.empty())
    return why;
  stops_tell_ = !choice.system_calls && program.file().has_layout();

  pid_ = pid;
  bias_ = program.bias();
  began_ = began;
  code_ = program.code();
  stacks_.emplace(log, program.symbols(), bias_);
  calls_.emplace(memory_, code_, log, *stacks_, choice.what, charging_of(program.file(), bias_), trace::Entries::once);
  open_ = true;
  return {};
}

const ProbePlace* FunctionProbes::place_at(std::uint64_t ip) const {
  const auto found = std::ranges::lower_bound(places_, ip - bias_, {}, &ProbePlace::address);
  return found != places_.end() && found->address == ip - bias_ ? &*found : nullptr;
}

void FunctionProbes::catch_up() {
  rings_.collect();
  record_all();
}

void FunctionProbes::stop() {
  rings_.stop();
  record_all();
  open_ = false;
}

void FunctionProbes::record_all() {
  while (const std::optional<ProbeHit> hit = rings_.next()) {
    if (hit->pid != pid_ || seen_ != Seen::calls) continue;
    if (hit->exec)
      seen_ = Seen::exec;
    else
      record(*hit);
  }
}

void FunctionProbes::say_what_is_missing(Findings& findings) const {
  if (const std::uint64_t lost = rings_.lost(); lost != 0)
    findings.say(Severity::warning, "lost",
                 fmt::format("{} of uprobes are lost: they came faster than they could be read, or on "
                             "a CPU that was not there at the start; calls or their results are missing",
                             counted(lost, "hit")));
  if (!rings_.why_no_goroutines().empty())
    findings.say(Severity::note, "goroutines",
                 fmt::format("{}: {} has a goroutine", rings_.why_no_goroutines(),
                             stops_tell_ ? "only a call with a system call inside" : "no call"));
}

void FunctionProbes::record(const ProbeHit& hit) {
  const ProbePlace* const place = place_at(hit.registers.ip);
  if (place == nullptr) return;
  const HitRegisters& registers = hit.registers;
  if (place->where == Where::checked_entry && takes_branch(registers)) return;
  if (place->function == nullptr) {
    seen_ = Seen::until;
    return;
  }
  memory_.hold(hit);
  trace::FunctionStop stop;
  stop.thread = hit.tid;
  stop.nanoseconds = hit.nanoseconds - began_;
  stop.registers = {Address(registers.ip), Address(registers.sp), Address(registers.bp)};
  stop.words = {registers.ax, registers.bx, registers.cx, registers.di};
  if (place->where == Where::ret) return calls_->leave(*place->function, place->convention, stop);
  if (hit.goroutine != 0) stop.goroutine = hit.goroutine;
  take_stack(hit);
  calls_->enter(*place->function, place->convention, stop, stack_);
}

// The return address on top of the stack need not be among the callers.
void FunctionProbes::take_stack(const ProbeHit& hit) {
  const auto word = [](std::span<const std::byte> bytes, std::size_t i) {
    return Address(load<std::uint64_t>(bytes, 8 * i).value_or(0));
  };
  const Address returns_to = word(hit.stack.empty() ? hit.callers : hit.stack, 0);
  stack_.assign({{Address(hit.registers.ip), {}}, {returns_to, Address(hit.registers.sp)}});
  for (std::size_t i = 0; i < hit.callers.size() / 8 && stack_.size() < trace::StackWalk::kMost; ++i) {
    const Address caller = word(hit.callers, i);
    if (i == 0 && caller == returns_to) continue;
    if (!code_.contains(caller)) break;
    stack_.push_back({caller, {}});
  }
}

}  // namespace memmap
