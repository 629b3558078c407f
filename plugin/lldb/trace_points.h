// The places at which a trace stops the program: breakpoints at the entries and RETs of the
// runtime's functions.
#pragma once

#include <lldb/API/LLDB.h>

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "done_instruction.h"
#include "trace/function_calls.h"

namespace memmap {

struct TracePoint {
  // `exit`, `child` and `exec` are the runtime's last steps before a process ends, forks or
  // becomes another program.
  enum class Where : std::uint8_t { entry, ret, until, exit, child, exec };
  Where where = Where::entry;
  const trace::TracedFunction* function = nullptr;  // of entry and ret
  trace::Convention convention = trace::Convention::stack;
  Instruction instruction = Instruction::other;  // that stands there
};

// Where a trace ends: the runtime's last steps before its process forks, becomes another program or
// ends. From there until `after` a thread cannot be preempted and waits for no other: it has
// blocked all signals, holds execLock, or only enters the kernel (runtime/proc.go,
// syscall/exec_unix.go, 1.11 to 1.27).
struct LastStep {
  TracePoint::Where where;
  const char* function;
  bool at_return;     // of the function, else at its entry
  const char* after;  // comes next if the process is still there and the same; null if it cannot be
};
inline constexpr LastStep kLastSteps[] = {
    {TracePoint::Where::child, "syscall.runtime_BeforeFork", true, "syscall.runtime_AfterFork"},
    {TracePoint::Where::exec, "syscall.runtime_BeforeExec", true, "syscall.runtime_AfterExec"},
    {TracePoint::Where::exit, "runtime.exit", false, nullptr},
};
// Null where a thread is before none of them.
const LastStep* last_step_at(lldb::SBFrame frame, lldb::SBTarget target);

class HitListener {
 public:
  virtual ~HitListener() = default;
  // A thread stands at a point. True ends the trace here.
  virtual bool hit(const TracePoint& point, lldb::SBThread& thread) = 0;
};

class TracePoints {
 public:
  // Both have to outlive the points. Nothing is set yet.
  TracePoints(lldb::SBTarget target, HitListener& listener);
  ~TracePoints();
  TracePoints(const TracePoints&) = delete;
  TracePoints& operator=(const TracePoints&) = delete;

  // How many functions there are to stop in, for the operations asked for; where one of them is
  // inlined, in what it calls.
  std::size_t set(const trace::Operations& what);
  // False if the program has no such function.
  bool set_until(const std::string& function);
  // What a trace cannot go beyond: LLDB takes breakpoints out of all threads while one of them
  // forks, and at execve its server may lose the process.
  void set_last_steps();
  bool is_ours(lldb::break_id_t id) const;
  // Whether there are traps of others than LLDB in those functions, as uprobes are: the kernel
  // takes their hits, and LLDB would hear of none.
  bool others_trap() const { return others_trap_; }
  // At an address, and not ours only.
  std::size_t breakpoints_at(Address at);

 private:
  struct Point {
    HitListener& listener;
    TracePoint point;
    lldb::SBBreakpoint breakpoint;
  };
  static bool on_hit(void* point, lldb::SBProcess& process, lldb::SBThread& thread,
                     lldb::SBBreakpointLocation&);
  bool set_at(TracePoint::Where where, const std::string& function);
  void set_at_returns(TracePoint::Where where, const std::string& function);
  lldb::SBSymbol find(const std::string& function, bool& is_assembly);
  void add(const TracePoint& point, lldb::SBAddress address);
  bool has_foreign_trap(lldb::SBSymbol symbol);
  std::uint32_t entry_of(lldb::SBInstructionList code);
  void add_function(const trace::TracedFunction& function, lldb::SBSymbol symbol, bool is_assembly);

  lldb::SBTarget target_;
  lldb::SBModule program_;
  HitListener& listener_;
  bool in_registers_;
  bool others_trap_ = false;
  std::vector<std::unique_ptr<Point>> points_;
  std::unordered_multiset<std::uint64_t> addresses_;  // of points_
};

}  // namespace memmap
