#include "live/ptrace/code_breakpoint.h"

#include <sys/ptrace.h>
#include <sys/user.h>

#include <cerrno>
#include <cstddef>

namespace memmap {
namespace {

constexpr long kInt3 = 0xcc;
constexpr long kLowByte = 0xff;

void* pointer(std::uint64_t value) { return reinterpret_cast<void*>(value); }

}  // namespace

bool CodeBreakpoint::set(pid_t tid, Address at) {
  errno = 0;
  word_ = ptrace(PTRACE_PEEKTEXT, tid, pointer(at.value()), nullptr);
  if (errno != 0) return false;
  at_ = at;
  const auto changed = static_cast<std::uint64_t>((word_ & ~kLowByte) | kInt3);
  set_ = ptrace(PTRACE_POKETEXT, tid, pointer(at.value()), pointer(changed)) == 0;
  return set_;
}

void CodeBreakpoint::clear(pid_t tid) {
  if (!set_) return;
  set_ = ptrace(PTRACE_POKETEXT, tid, pointer(at_.value()), pointer(static_cast<std::uint64_t>(word_))) != 0;
}

bool CodeBreakpoint::is_behind(pid_t tid) const {
  constexpr std::size_t kProgramCounter = offsetof(user, regs.rip);
  errno = 0;
  const long pc = ptrace(PTRACE_PEEKUSER, tid, pointer(kProgramCounter), nullptr);
  return set_ && errno == 0 && static_cast<std::uint64_t>(pc) == at_.value() + 1;
}

bool CodeBreakpoint::rewind(pid_t tid) const {
  constexpr std::size_t kProgramCounter = offsetof(user, regs.rip);
  return is_behind(tid) && ptrace(PTRACE_POKEUSER, tid, pointer(kProgramCounter), pointer(at_.value())) == 0;
}

}  // namespace memmap
