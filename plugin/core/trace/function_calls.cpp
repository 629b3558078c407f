#include "trace/function_calls.h"

#include <algorithm>
#include <cstring>

namespace memmap::trace {
namespace {

constexpr std::uint64_t kWord = 8;

constexpr TracedFunction kFunctions[] = {
#define FUNCTION(name, operation, arguments, results, instead_of) \
  {name, Operation::operation, arguments, results, instead_of},
#include "trace/functions.def"
#undef FUNCTION
};

constexpr std::uint64_t size_of(char letter) { return letter == 'p' || letter == 'f' || letter == 'i' ? 4 : kWord; }

std::uint64_t narrowed(std::uint64_t word, char letter) { return size_of(letter) == kWord ? word : word & 0xffffffffU; }

}  // namespace

std::span<const TracedFunction> traced_functions() { return kFunctions; }

std::size_t words_at_entry(const TracedFunction& function, Convention convention) {
  if (convention == Convention::stack) return 0;
  return std::min(function.arguments.size(), FunctionStop().words.size());
}

std::size_t words_at_return(const TracedFunction& function, Convention convention) {
  if (convention == Convention::stack) return function.results.starts_with('r') ? 1 : 0;
  return function.results.size();
}

std::uint64_t FunctionCalls::read(Address at, std::uint64_t size) const {
  std::array<std::byte, kWord> bytes{};
  const std::size_t got = memory_.read(at, std::span(bytes).first(size));
  std::uint64_t value = 0;
  if (got == size) std::memcpy(&value, bytes.data(), size);
  return value;
}

FunctionCalls::Words FunctionCalls::arguments(const TracedFunction& function, Convention convention,
                                              const FunctionStop& stop) const {
  Words words;
  std::uint64_t offset = kWord;  // above the return address
  for (const char letter : function.arguments) {
    if (convention == Convention::stack)
      words.push_back(read(stop.registers.sp + offset, size_of(letter)));
    else
      words.push_back(words.size() < stop.words.size() ? narrowed(stop.words[words.size()], letter) : 0);
    offset += size_of(letter);
  }
  return words;
}

FunctionCalls::Words FunctionCalls::results(const TracedFunction& function, Convention convention,
                                            const FunctionStop& stop) const {
  std::uint64_t offset = kWord;
  for (const char letter : function.arguments) offset += size_of(letter);
  offset = round_up(offset, kWord);
  Words words;
  for (const char letter : function.results) {
    const bool in_register = convention == Convention::registers || letter == 'r';
    words.push_back(in_register ? stop.words[words.size()] : read(stop.registers.sp + offset, kWord));
    offset += kWord;
  }
  return words;
}

// A goroutine may go on on another thread; what runs without one keeps its thread.
bool FunctionCalls::same_flow(const OpenCall& a, const OpenCall& b) const {
  if (entries_ == Entries::once) return a.thread == b.thread;
  return a.goroutine == b.goroutine && (a.goroutine != kNoGoroutine || a.thread == b.thread);
}

// By its return address, where nobody knows the slots.
bool FunctionCalls::is_on(std::span<const StackEntry> stack, const OpenCall& open) {
  return std::ranges::any_of(stack, [&](const StackEntry& entry) {
    return entry.slot.is_null() ? entry.pc == open.caller : entry.slot == open.slot;
  });
}

// The same entry: on the same stack, or on a larger one to which the goroutine was moved.
bool FunctionCalls::seen_before(const OpenCall& call, std::span<const StackEntry> stack) {
  if (entries_ == Entries::once) return false;
  for (OpenCall& open : open_) {
    if (open.function != call.function || open.caller != call.caller || open.arguments != call.arguments ||
        !same_flow(open, call))
      continue;
    if (open.slot != call.slot && is_on(stack, open)) continue;
    open.slot = call.slot;
    open.thread = call.thread;
    return true;
  }
  return false;
}

// Calls that were left in another way than by their RET.
void FunctionCalls::forget_abandoned(const OpenCall& call, std::span<const StackEntry> stack) {
  std::erase_if(open_, [&](const OpenCall& open) {
    if (open.slot != call.slot && (!same_flow(open, call) || is_on(stack, open))) return false;
    log_.event(open.sequence).ended_after = static_cast<Sequence>(log_.size());
    return true;
  });
}

// The innermost event that is under way around a call, of that operation; 0 if there is none.
Sequence FunctionCalls::around(const OpenCall& call, std::optional<Operation> operation) const {
  const auto fits = [&](Sequence sequence) { return !operation || log_.event(sequence).operation == *operation; };
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    if (!same_flow(*open, call)) continue;
    if (fits(open->sequence)) return open->sequence;
    const auto inlined = std::ranges::find_if(open->inlined, fits);
    if (inlined != open->inlined.end()) return *inlined;
  }
  return 0;
}

Sequence FunctionCalls::under_way(std::uint32_t thread, std::optional<Operation> operation) const {
  OpenCall inside{};
  inside.thread = thread;
  return around(inside, operation);
}

void FunctionCalls::enter(const TracedFunction& function, Convention convention, const FunctionStop& stop) {
  enter(function, convention, stop, walk_.at_leaf(stop.registers));
}

void FunctionCalls::enter(const TracedFunction& function, Convention convention, const FunctionStop& stop,
                          std::span<const StackEntry> stack) {
  OpenCall call{.function = &function,
                .thread = stop.thread,
                .goroutine = stop.goroutine,
                .slot = stop.registers.sp,
                .caller = stack.size() > 1 ? stack[1].pc : Address(),
                .arguments = arguments(function, convention, stop),
                .sequence = 0,
                .inlined = {}};
  if (seen_before(call, stack)) return;
  forget_abandoned(call, stack);
  std::vector<Address> pcs;
  for (const StackEntry& entry : stack) pcs.push_back(entry.pc);
  Event event = event_of(call, stop);
  event.stack = stacks_.id(pcs, true);
  if (!set_enclosing(call, event)) return;
  call.sequence = log_.begin(event);
  open_.push_back(std::move(call));
}

// The functions around the call, as its stack has them. One that has no code of its own here, or
// was entered before the trace began, becomes an event: it does what the call does. False if the
// call is a part of a function that was caught.
bool FunctionCalls::set_enclosing(OpenCall& call, Event& event) {
  const Event whole = event;
  const CallSite site = sites_.of(event.stack);
  event.parent = around(call);
  for (const EnclosingCall& function : site.calls) {
    const Sequence open = around(call, function.operation);
    if (function.operation == event.operation) {
      if (open != 0) return false;
      event.stack = log_.stack(log_.frames(whole.stack).subspan(function.frame));
    } else if (open != 0) {
      event.parent = open;
    } else if (has(what_, function.operation)) {
      Event inner = whole;
      inner.parent = event.parent;
      event.parent = begin_enclosing(log_, inner, site, function, charging_.has_heap_sys);
      call.inlined.push_back(event.parent);
    }
  }
  if (info(event.operation).level == CallLevel::function)
    event.kind = kind_at(site, event.operation, event.size);
  else if (event.parent != 0)
    event.kind = log_.event(event.parent).kind;
  return true;
}

Event FunctionCalls::event_of(const OpenCall& call, const FunctionStop& stop) const {
  Event event;
  event.nanoseconds = stop.nanoseconds;
  event.thread = call.thread;
  event.goroutine = call.goroutine;
  event.operation = call.function->operation;
  event.charge = Charge::none;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const std::uint64_t word = call.arguments[i];
    switch (call.function->arguments[i]) {
      case 'v':  // a wish, where the result is an address
        if (call.function->results.find('v') == std::string_view::npos) event.address = Address(word);
        break;
      case 'n':
        event.size = word;
        break;
      case 'a':
        event.alignment = static_cast<std::uint32_t>(word);
        break;
      case 's':
        event.charge = word == 0 ? Charge::none : charging_.of(Address(word));
        break;
      case 'p':
        event.protection = static_cast<std::uint32_t>(word);
        break;
      case 'f':
        event.flags = static_cast<std::uint32_t>(word);
        break;
      default:
        break;
    }
  }
  return event;
}

void FunctionCalls::set_results(Event& event, const TracedFunction& function, const Words& words) const {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto answer = static_cast<std::int32_t>(words[i]);
    switch (function.results[i]) {
      case 'v':
        event.address = words[i] == 0 ? kNoAddress : Address(words[i]);
        break;
      case 'e':
        event.error = static_cast<std::int16_t>(answer);
        break;
      case 'r':
        event.error = static_cast<std::int16_t>(answer < 0 ? -answer : 0);
        break;
      default:
        break;
    }
  }
  event.ended_after = static_cast<Sequence>(log_.size());
}

void FunctionCalls::leave(const TracedFunction& function, Convention convention, const FunctionStop& stop) {
  // A slot belongs to one call, on whatever thread the goroutine goes on.
  const auto open = std::ranges::find_if(
      open_, [&](const OpenCall& call) { return call.function == &function && call.slot == stop.registers.sp; });
  if (open == open_.end()) return;
  Event& event = log_.event(open->sequence);
  set_results(event, function, results(function, convention, stop));
  for (const Sequence sequence : open->inlined) end_enclosing(log_.event(sequence), event);
  open_.erase(open);
}

}  // namespace memmap::trace
