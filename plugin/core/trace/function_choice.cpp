#include "trace/function_calls.h"

namespace memmap::trace {
namespace {

class Choice {
 public:
  Choice(const Operations& what, const HasFunction& has_function) : what_(what), has_function_(has_function) {}

  bool wanted(const TracedFunction& function) const {
    if (!function.instead_of.empty() && has_function_(function.instead_of)) return false;
    if (has(what_, function.operation)) return true;
    switch (function.operation) {
      case Operation::mmap:
        return inlined(Operation::sysReserve, "runtime.sysReserve", "runtime.sysReserveOS") ||
               inlined(Operation::sysFault, "runtime.sysFault", "runtime.sysFaultOS");
      case Operation::munmap:
        return has(what_, Operation::sysFree);  // 1.19: sysFreeOS
      case Operation::sysHugePage:              // 1.13
        return inlined(Operation::sysUsed, "runtime.sysUsed", "runtime.sysUsedOS");
      default:
        return false;
    }
  }

 private:
  bool inlined(Operation operation, std::string_view function, std::string_view part) const {
    return has(what_, operation) && !has_function_(function) && !has_function_(part);
  }

  const Operations& what_;
  const HasFunction& has_function_;
};

}  // namespace

std::vector<const TracedFunction*> functions_for(const Operations& what, const HasFunction& has_function) {
  const Choice choice(what, has_function);
  std::vector<const TracedFunction*> functions;
  for (const TracedFunction& function : traced_functions())
    if (has_function(function.name) && choice.wanted(function)) functions.push_back(&function);
  return functions;
}

}  // namespace memmap::trace
