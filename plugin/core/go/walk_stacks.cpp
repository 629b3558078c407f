// Stacks: of goroutines, of threads (g0, gsignal), and free ones in pools and caches.
#include <algorithm>

#include "go/processors.h"
#include "go/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kLargestStack = std::uint64_t{1} << 40;

void add_stack(const Runtime& runtime, Address g, StackRange::Use use, std::uint64_t id,
               std::uint32_t index, Model& model, Findings& findings) {
  const Result<Record> record = runtime.record(g, Type::g, "g");
  if (!record) {
    findings.add(Severity::warning, record.error());
    return;
  }
  const AddressRange range{record->pointer(Field::g_stack_lo), record->pointer(Field::g_stack_hi)};
  if (range.begin.is_null()) return;  // a dead g whose stack was freed
  if (range.empty() || range.size() > kLargestStack) {
    findings.add(Severity::warning, {FaultCode::implausible, "g.stack", g});
    return;
  }
  const std::uint64_t owner = use == StackRange::Use::goroutine ? (*record)[Field::g_goid] : id;
  model.stacks.push_back({range, owner, index, use});
}

void read_goroutines(const Runtime& runtime, Model& model, Findings& findings) {
  const Result<Slice> allgs = read_slice(runtime.memory(), runtime.global(Global::allgs));
  if (!allgs || allgs->len > runtime.list_bound(8)) {
    findings.add(Severity::warning, {FaultCode::implausible, "allgs", runtime.global(Global::allgs)});
    return;
  }
  const Result<Block> pointers = Block::read(runtime.memory(), {allgs->array, allgs->array + allgs->len * 8}, "allgs");
  if (!pointers) {
    findings.add(Severity::warning, pointers.error());
    return;
  }
  for (std::size_t i = 0; i < pointers->words(); ++i)
    add_stack(runtime, Address(pointers->word(i)), StackRange::Use::goroutine, 0,
              static_cast<std::uint32_t>(i), model, findings);
}

void read_thread_list(const Runtime& runtime, Address first, Field link, Model& model, Findings& findings) {
  std::uint32_t index = 0;
  walk_list(runtime, first, runtime.place(link).offset, "m in allm", findings, [&](Address m) {
    const FieldPlace procid = runtime.place(Field::m_procid);
    const Result<std::uint64_t> tid = read_word(runtime.memory(), m + procid.offset, procid.size);
    const Result<std::uint64_t> g0 = read_word(runtime.memory(), runtime.at(m, Field::m_g0));
    const Result<std::uint64_t> gsignal = read_word(runtime.memory(), runtime.at(m, Field::m_gsignal));
    if (g0 && *g0 != 0)
      add_stack(runtime, Address(*g0), StackRange::Use::g0, tid.value_or(0), index, model, findings);
    if (gsignal && *gsignal != 0)
      add_stack(runtime, Address(*gsignal), StackRange::Use::gsignal, tid.value_or(0), index, model, findings);
    ++index;
  });
}

void read_threads(const Runtime& runtime, Model& model, Findings& findings) {
  const Result<std::uint64_t> allm = runtime.word(Global::allm);
  if (allm) read_thread_list(runtime, Address(*allm), Field::m_alllink, model, findings);
  // Ms that have exited and whose g0 stack is not freed yet.
  if (!runtime.has(Field::sched_freem) || !runtime.has(Field::m_freelink)) return;
  const Result<std::uint64_t> freem =
      read_word(runtime.memory(), runtime.at(runtime.global(Global::sched), Field::sched_freem));
  if (freem) read_thread_list(runtime, Address(*freem), Field::m_freelink, model, findings);
}

// The size of the stacks in the span at `a`: 0 if `a` is in no stack span.
const Span* stack_span_at(const Model& model, Address a) {
  auto after = std::upper_bound(model.spans.begin(), model.spans.end(), a,
                                [](Address x, const Span& s) { return x < s.begin; });
  if (after == model.spans.begin()) return nullptr;
  const Span& span = *std::prev(after);
  return span.use == SpanUse::stack && span.range().contains(a) ? &span : nullptr;
}

void read_free_list(const Runtime& runtime, Address first, std::uint32_t index, Model& model, Findings& findings) {
  walk_list(runtime, first, 0, "free stack", findings, [&](Address at) {
    const Span* span = stack_span_at(model, at);
    const auto range = span == nullptr ? std::nullopt : AddressRange::of(at, span->elem_size);
    if (!range || !span->range().contains(*range)) {
      findings.add(Severity::warning, {FaultCode::implausible, "free stack outside stack spans", at});
      return;
    }
    model.stacks.push_back({*range, 0, index, StackRange::Use::free});
  });
}

// mSpanList of stack spans: their manualFreeLists hold the free stacks.
void read_pool(const Runtime& runtime, Address first_span, std::uint32_t index, Model& model, Findings& findings) {
  walk_list(runtime, first_span, runtime.place(Field::mspan_next).offset, "span in stackpool", findings,
            [&](Address span) {
              const Result<std::uint64_t> list =
                  read_word(runtime.memory(), runtime.at(span, Field::mspan_manual_free_list));
              if (list) read_free_list(runtime, Address(*list), index, model, findings);
            });
}

void read_free_stacks(const Runtime& runtime, Model& model, Findings& findings) {
  const std::uint64_t pool_bytes = runtime.global_size(Global::stackpool);
  constexpr std::uint64_t kOrders = 4;  // _NumStackOrders on linux
  const Address pool = runtime.global(Global::stackpool);
  for (std::uint64_t order = 0; order < kOrders; ++order) {
    const Address head = pool + order * (pool_bytes / kOrders) + runtime.place(Field::stackpool_first).offset;
    const Result<std::uint64_t> first = read_word(runtime.memory(), head);
    if (first) read_pool(runtime, Address(*first), static_cast<std::uint32_t>(order), model, findings);
  }
  for (const Processor& p : read_processors(runtime, findings)) {
    for (const Address list : p.stack_caches)
      read_free_list(runtime, list, p.id, model, findings);
  }
}

}  // namespace

void walk_stacks(const Runtime& runtime, Model& model, Findings& findings) {
  read_goroutines(runtime, model, findings);
  read_threads(runtime, model, findings);
  const Address gcrash = runtime.global(Global::gcrash);
  if (!gcrash.is_null()) add_stack(runtime, gcrash, StackRange::Use::gcrash, 0, 0, model, findings);
  read_free_stacks(runtime, model, findings);
}

}  // namespace memmap::go
