// Lists of free stacks, in the pools of stack spans and in the caches of Ps.
#pragma once

#include <unordered_set>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"

namespace memmap::go {

// The stack span with a slot that begins at `at`; null if there is none.
const Span* stack_span_with_slot(const Model& model, Address at);

// No stack is free twice. One FreeStacks walks all lists, so that lists which damage has joined
// cost no more than the stacks that there are.
class FreeStacks {
 public:
  FreeStacks(const Runtime& runtime, const Model& model, const char* what, Findings& findings)
      : runtime_(runtime), model_(model), what_(what), findings_(findings) {}

  // `visit(range, span)` for each stack from `first` on. Ends with a finding at what is no slot
  // of a stack span, was listed before or cannot be read. True if it came to the list's end.
  template <class Visit>
  bool walk(Address first, Visit visit) {
    return walk_list(runtime_, first, 0, what_, findings_, [&](Address at) {
      const Span* const span = stack_span_with_slot(model_, at);
      if (span == nullptr) return end("free stack outside stack spans", at);
      if (!seen_.insert(at.value()).second) return end("free stack listed twice", at);
      visit(AddressRange{at, at + span->elem_size}, *span);
      return true;
    });
  }

 private:
  bool end(const char* why, Address at) {
    findings_.add(Severity::warning, {FaultCode::implausible, why, at});
    return false;
  }

  const Runtime& runtime_;
  const Model& model_;
  const char* what_;
  Findings& findings_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace memmap::go
