#include "trace/enclosing.h"

#include <algorithm>

namespace memmap::trace {
namespace {

constexpr std::uint64_t kPersistentChunk = 256u << 10;  // persistentChunkSize
constexpr std::string_view kRuntime = "runtime.";

struct Part {
  std::string_view function;
  Operation operation;
};
constexpr Part kParts[] = {
#define PART(function, operation) {function, Operation::operation},
#define STEP(function)
#define SITE(function, operation, kind)
#include "trace/sites.def"
#undef PART
#undef STEP
#undef SITE
};

constexpr std::string_view kSteps[] = {
#define PART(function, operation)
#define STEP(function) function,
#define SITE(function, operation, kind)
#include "trace/sites.def"
#undef PART
#undef STEP
#undef SITE
};

struct Site {
  std::string_view function;
  Operation operation;
  Kind kind;
};
constexpr Site kSites[] = {
#define PART(function, operation)
#define STEP(function)
#define SITE(function, operation, kind) {function, Operation::operation, Kind::kind},
#include "trace/sites.def"
#undef PART
#undef STEP
#undef SITE
};

std::optional<Operation> operation_of(std::string_view function) {
  if (!function.starts_with(kRuntime)) return std::nullopt;
  const std::optional<Operation> itself = operation_named(function.substr(kRuntime.size()));
  if (itself && info(*itself).level == CallLevel::function) return itself;
  const auto* const part = std::ranges::find(kParts, function, &Part::function);
  return part == std::end(kParts) ? std::nullopt : std::optional(part->operation);
}

bool is_step(std::string_view function) {
  return std::ranges::any_of(kSteps, [&](std::string_view step) {
    return step.ends_with('*') ? function.starts_with(step.substr(0, step.size() - 1)) : function == step;
  });
}

}  // namespace

CallSite call_site(const Log& log, std::span<const Frame> frames) {
  CallSite site;
  for (std::uint32_t i = 0; i < frames.size(); ++i) {
    const std::string_view function = log.text(frames[i].function);
    const std::optional<Operation> operation = operation_of(function);
    if (operation) {
      if (!site.calls.empty() && site.calls.back().operation == *operation)
        site.calls.back().frame = i;
      else
        site.calls.push_back({*operation, i, i, false});
      site.frame.reset();
    } else if (!site.frame && !function.empty() && !is_step(function)) {
      site.frame = i;
    }
  }
  for (EnclosingCall& call : site.calls)
    call.inlined = call.frame + 1 < frames.size() && frames[call.frame + 1].pc == frames[call.innermost].pc;
  std::ranges::reverse(site.calls);
  if (site.frame) site.function = log.text(frames[*site.frame].function);
  return site;
}

namespace {

// (*mheap).sysAlloc asks persistentalloc for a heapArena, which is larger than 64 KiB in every
// release; to 1.18 for the heap index too, 2^22 pointers; and from 1.12 on for the list of all
// arenas, which reaches 64 KiB at 256 GiB of heap only.
Kind by_size(Kind kind, std::uint64_t size) {
  constexpr std::uint64_t kHeapIndex = 8u << 22;
  constexpr std::uint64_t kLeastHeapArena = 64u << 10;
  if (kind != Kind::heap_arena_struct) return kind;
  if (size == kHeapIndex) return Kind::heap_index;
  return size < kLeastHeapArena ? Kind::arena_list : kind;
}

}  // namespace

Kind kind_at(const CallSite& site, Operation function, std::uint64_t size) {
  const bool in_persistentalloc = !site.calls.empty() && site.calls.front().operation == Operation::persistentalloc;
  if (in_persistentalloc && size == kPersistentChunk) return Kind::persistent_chunk;
  if (in_persistentalloc) function = Operation::persistentalloc;
  for (const Site& known : kSites) {
    if (known.function != site.function || known.operation != function) continue;
    return in_persistentalloc ? by_size(known.kind, size) : known.kind;
  }
  return Kind::unknown;
}

Charge charge_at(Operation function, Kind kind, bool has_heap_sys) {
  switch (function) {
    case Operation::sysAlloc:
    case Operation::sysMap:
    case Operation::persistentalloc:
      break;
    case Operation::sysFree:
      return Charge::unknown;  // whom the memory was charged to
    default:
      return Charge::none;
  }
  if (kind == Kind::heap_arena || kind == Kind::user_arena_chunk)
    return has_heap_sys ? Charge::heap_sys : charge_of(Counter::heap_released);
  return kind == Kind::unknown ? Charge::unknown : charge_of(memmap::info(kind).counter);
}

Sequence begin_enclosing(Log& log, const Event& call, const CallSite& site, const EnclosingCall& function,
                         bool has_heap_sys) {
  Event event = call;
  event.operation = function.operation;
  event.alignment = event.protection = event.flags = 0;
  event.text = 0;
  event.kind = kind_at(site, function.operation, call.size);
  event.charge = charge_at(function.operation, event.kind, has_heap_sys);
  if (function.operation == Operation::persistentalloc && call.size == kPersistentChunk) event.size = kNoSize;
  event.stack = log.stack(log.frames(call.stack).subspan(function.frame));
  return log.begin(event);
}

void end_enclosing(Event& function, const Event& call) {
  if (function.ended_after != 0) return;
  function.ended_after = call.ended_after;
  function.address = function.size == kNoSize ? kNoAddress : call.address;
}

const CallSite& CallSites::of(StackId stack) {
  const auto [at, is_new] = known_.try_emplace(stack);
  if (is_new) at->second = call_site(log_, log_.frames(stack));
  return at->second;
}

std::string_view short_name(std::string_view function) {
  if (function.starts_with(kRuntime)) function.remove_prefix(kRuntime.size());
  return function;
}

}  // namespace memmap::trace
