// The places at which a trace stops the program: breakpoints at the entries and RETs of the
// runtime's functions.
#pragma once

#include <lldb/API/LLDB.h>

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "lldb/trace/done_instruction.h"
#include "trace/function_calls.h"

namespace memmap {

struct TracePoint {
  // `exit`, `child` and `exec` are last steps (last_steps.h).
  enum class Where : std::uint8_t { entry, ret, until, exit, child, exec };
  Where where = Where::entry;
  const trace::TracedFunction* function = nullptr;  // of entry and ret
  trace::Convention convention = trace::Convention::stack;
  Instruction instruction = Instruction::other;  // that stands there
};

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

  // Whether there are functions to stop in for the operations.
  bool has_functions(const trace::Operations& what);
  bool has_function(const std::string& name);
  // Whether there are traps of others than LLDB in those functions, as uprobes are: the kernel
  // takes their hits, and LLDB would hear of none.
  bool others_trap(const trace::Operations& what);
  // In the functions for the operations, at the entry of `until` if it is not empty, and before the
  // last steps. A trace cannot go beyond those: LLDB takes breakpoints out of all threads while one
  // of them forks, and at execve its server may lose the process.
  void set(const trace::Operations& what, const std::string& until);
  bool is_ours(lldb::break_id_t id) const;
  // At an address, and not ours only.
  std::size_t breakpoints_at(Address at);

 private:
  struct Point {
    HitListener& listener;
    TracePoint point;
    lldb::SBBreakpoint breakpoint;
  };
  static bool on_hit(void* point, lldb::SBProcess& process, lldb::SBThread& thread, lldb::SBBreakpointLocation&);
  // Those to stop in; where one of them is inlined, what it calls.
  std::vector<const trace::TracedFunction*> functions_for(const trace::Operations& what);
  void set_at(TracePoint::Where where, const std::string& function);
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
  std::vector<std::unique_ptr<Point>> points_;
  std::unordered_multiset<std::uint64_t> addresses_;  // of points_
};

}  // namespace memmap
