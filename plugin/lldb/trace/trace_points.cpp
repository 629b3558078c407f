#include "lldb/trace/trace_points.h"

#include <algorithm>

#include "lldb/sb_text.h"
#include "lldb/trace/last_steps.h"

namespace memmap {

using trace::Convention;
using Where = TracePoint::Where;

TracePoints::TracePoints(lldb::SBTarget target, HitListener& listener)
    : target_(std::move(target)), program_(target_.FindModule(target_.GetExecutable())), listener_(listener) {
  // Assembly is told apart by name since Go's own functions take their arguments in registers.
  in_registers_ = program_.FindSymbol((std::string("runtime.madvise") + kAssemblySuffix).c_str()).IsValid();
}

TracePoints::~TracePoints() {
  for (const std::unique_ptr<Point>& point : points_) target_.BreakpointDelete(point->breakpoint.GetID());
}

bool TracePoints::on_hit(void* baton, lldb::SBProcess&, lldb::SBThread& thread, lldb::SBBreakpointLocation&) {
  const Point& point = *static_cast<const Point*>(baton);
  return point.listener.hit(point.point, thread);
}

lldb::SBSymbol TracePoints::find(const std::string& function, bool& is_assembly) {
  lldb::SBSymbol symbol = program_.FindSymbol(function.c_str(), lldb::eSymbolTypeCode);
  is_assembly = !symbol.IsValid();
  if (is_assembly) symbol = program_.FindSymbol((function + kAssemblySuffix).c_str(), lldb::eSymbolTypeCode);
  return symbol;
}

std::vector<const trace::TracedFunction*> TracePoints::functions_for(const trace::Operations& what) {
  return trace::functions_for(what, [&](std::string_view name) { return has_function(std::string(name)); });
}

bool TracePoints::has_functions(const trace::Operations& what) { return !functions_for(what).empty(); }

bool TracePoints::has_function(const std::string& name) {
  bool is_assembly = false;
  return find(name, is_assembly).IsValid();
}

bool TracePoints::others_trap(const trace::Operations& what) {
  bool is_assembly = false;
  return std::ranges::any_of(functions_for(what), [&](const trace::TracedFunction* function) {
    return has_foreign_trap(find(std::string(function->name), is_assembly));
  });
}

void TracePoints::set(const trace::Operations& what, const std::string& until) {
  bool is_assembly = false;
  for (const trace::TracedFunction* function : functions_for(what)) {
    const lldb::SBSymbol symbol = find(std::string(function->name), is_assembly);
    add_function(*function, symbol, is_assembly);
  }
  if (!until.empty()) set_at(Where::until, until);
  for (const LastStep& step : kLastSteps) {
    if (step.at_return)
      set_at_returns(step.where, step.function);
    else
      set_at(step.where, step.function);
  }
}

// By the file's bytes. What LLDB reads from memory is without its own breakpoints.
bool TracePoints::has_foreign_trap(lldb::SBSymbol symbol) {
  constexpr std::uint8_t kTrap = 0xcc;
  lldb::SBAddress begin = symbol.GetStartAddress();
  const std::size_t size = symbol.GetEndAddress().GetFileAddress() - begin.GetFileAddress();
  std::vector<std::uint8_t> file(size);
  std::vector<std::uint8_t> memory(size);
  lldb::SBError error;
  lldb::SBData data = begin.GetSection().GetSectionData(begin.GetOffset(), size);
  if (data.ReadRawData(error, 0, file.data(), size) != size) return false;
  if (target_.GetProcess().ReadMemory(begin.GetLoadAddress(target_), memory.data(), size, error) != size) return false;
  for (std::size_t i = 0; i < size; ++i)
    if (memory[i] == kTrap && file[i] != kTrap) return true;
  return false;
}

// Where the stop at a function's entry is: behind the check of the stack's size where its frame
// begins with `push %rbp` (1.21), else at its first instruction.
std::uint32_t TracePoints::entry_of(lldb::SBInstructionList code) {
  constexpr std::uint32_t kMost = 6;  // instructions of that check
  for (std::uint32_t i = 0; i < code.GetSize() && i < kMost; ++i)
    if (instruction_of(code.GetInstructionAtIndex(i), target_) == Instruction::push_rbp) return i;
  return 0;
}

void TracePoints::add_function(const trace::TracedFunction& function, lldb::SBSymbol symbol, bool is_assembly) {
  const Convention convention = in_registers_ && !is_assembly ? Convention::registers : Convention::stack;
  // First the code, then the breakpoints in it.
  lldb::SBInstructionList code = symbol.GetInstructions(target_);
  const std::uint32_t entry = entry_of(code);
  for (std::uint32_t i = 0; i < code.GetSize(); ++i) {
    lldb::SBInstruction instruction = code.GetInstructionAtIndex(i);
    const bool is_ret = is_return(instruction, target_);
    if (i == entry || is_ret)
      add({is_ret ? Where::ret : Where::entry, &function, convention, instruction_of(instruction, target_)},
          instruction.GetAddress());
  }
}

void TracePoints::set_at(Where where, const std::string& function) {
  bool is_assembly = false;
  lldb::SBSymbol symbol = find(function, is_assembly);
  if (symbol.IsValid()) add({where, nullptr, Convention::stack}, symbol.GetStartAddress());
}

void TracePoints::set_at_returns(Where where, const std::string& function) {
  bool is_assembly = false;
  lldb::SBInstructionList code = find(function, is_assembly).GetInstructions(target_);
  for (std::uint32_t i = 0; i < code.GetSize(); ++i) {
    lldb::SBInstruction instruction = code.GetInstructionAtIndex(i);
    if (is_return(instruction, target_)) add({where, nullptr, Convention::stack}, instruction.GetAddress());
  }
}

void TracePoints::add(const TracePoint& point, lldb::SBAddress address) {
  points_.push_back(std::make_unique<Point>(Point{listener_, point, target_.BreakpointCreateBySBAddress(address)}));
  addresses_.insert(address.GetLoadAddress(target_));
  points_.back()->breakpoint.SetCallback(on_hit, points_.back().get());
}

bool TracePoints::is_ours(lldb::break_id_t id) const {
  return std::ranges::any_of(points_, [&](const auto& point) { return point->breakpoint.GetID() == id; });
}

std::size_t TracePoints::breakpoints_at(Address at) {
  std::size_t count = addresses_.count(at.value());
  const std::uint32_t breakpoints = target_.GetNumBreakpoints();
  for (std::uint32_t i = 0; breakpoints != points_.size() && i < breakpoints; ++i) {
    lldb::SBBreakpoint breakpoint = target_.GetBreakpointAtIndex(i);
    const bool is_there = breakpoint.FindLocationByAddress(at.value()).IsValid();
    if (is_there && !is_ours(breakpoint.GetID())) ++count;
  }
  return count;
}

}  // namespace memmap
