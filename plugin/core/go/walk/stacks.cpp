// Stacks: of goroutines, of threads (g0, gsignal), and free ones in pools and caches.
#include "go/walk/checked_read.h"
#include "go/walk/free_stacks.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kLargestStack = std::uint64_t{1} << 40;

// A dead g keeps the id of its last goroutine, and often a stack for the next (runtime2.go:
// _Gdead 6; _Gdeadextra 11, 1.26; bit _Gscan on top of either).
bool is_dead(const Record& g) {
  const std::uint64_t status = g[Field::g_status] & ~std::uint64_t{0x1000};
  return status == 6 || status == 11;
}

void add_stack(const Runtime& runtime, Address g, StackRange::Use use, std::uint64_t id, std::uint32_t index,
               Model& model, Findings& findings) {
  const Result<Record> record = runtime.record(g, Type::g, "g");
  if (!record) {
    findings.add(Severity::warning, record.error());
    return;
  }
  const AddressRange range{record->pointer(Field::g_stack_lo), record->pointer(Field::g_stack_hi)};
  if (range.begin.is_null()) return;  // a dead g whose stack was freed
  // Not of threads: the kernel grows the main thread's stack, below which its g0 may begin.
  const bool absent = use == StackRange::Use::goroutine && !runtime.readable(range);
  if (range.empty() || range.size() > kLargestStack || absent) {
    findings.add(Severity::warning, {FaultCode::implausible, "g.stack", g});
    return;
  }
  if (use == StackRange::Use::goroutine) id = is_dead(*record) ? 0 : (*record)[Field::g_goid];
  model.stacks.push_back({range, id, index, use});
}

void read_goroutines(const Runtime& runtime, Model& model, Findings& findings) {
  const Result<Slice> allgs = read_slice(runtime.memory(), runtime.global(Global::allgs));
  if (allgs && allgs->len == 0) return;
  const auto array = allgs ? runtime.list(allgs->array, allgs->len, 8) : std::nullopt;
  if (!array) {
    findings.add(Severity::warning, {FaultCode::implausible, "allgs", runtime.global(Global::allgs)});
    return;
  }
  const Result<Block> pointers = Block::read(runtime.memory(), *array, "allgs");
  if (!pointers) {
    findings.add(Severity::warning, pointers.error());
    return;
  }
  for (std::size_t i = 0; i < pointers->words(); ++i)
    add_stack(runtime, Address(pointers->word(i)), StackRange::Use::goroutine, 0, static_cast<std::uint32_t>(i), model,
              findings);
}

void read_thread_list(const Runtime& runtime, Address first, Field link, Model& model, Findings& findings) {
  std::uint32_t index = 0;
  walk_list(runtime, first, runtime.place(link).offset, "m in allm", findings, [&](Address m) {
    const FieldPlace procid = runtime.place(Field::m_procid);
    const auto tid = checked_word(runtime, m + procid.offset, "m in allm", findings, procid.size);
    const auto g0 = checked_word(runtime, runtime.at(m, Field::m_g0), "m in allm", findings);
    const auto gsignal = checked_word(runtime, runtime.at(m, Field::m_gsignal), "m in allm", findings);
    if (g0 && *g0 != 0) add_stack(runtime, Address(*g0), StackRange::Use::g0, tid.value_or(0), index, model, findings);
    if (gsignal && *gsignal != 0)
      add_stack(runtime, Address(*gsignal), StackRange::Use::gsignal, tid.value_or(0), index, model, findings);
    ++index;
  });
}

void read_threads(const Runtime& runtime, Model& model, Findings& findings) {
  const Address allm = list_head(runtime, runtime.global(Global::allm), "allm", findings);
  read_thread_list(runtime, allm, Field::m_alllink, model, findings);
  // Ms that have exited and whose g0 stack is not freed yet.
  if (!runtime.has(Group::exiting_threads)) return;
  const Address freem =
      list_head(runtime, runtime.at(runtime.global(Global::sched), Field::sched_freem), "sched.freem", findings);
  read_thread_list(runtime, freem, Field::m_freelink, model, findings);
}

// mSpanList of stack spans: their manualFreeLists hold the free stacks.
template <class Add>
void read_pool(const Runtime& runtime, Address first_span, FreeStacks& free, Findings& findings, Add add) {
  walk_list(runtime, first_span, runtime.place(Field::mspan_next).offset, "span in stackpool", findings,
            [&](Address span) {
              const Address list = runtime.at(span, Field::mspan_manual_free_list);
              free.walk(list_head(runtime, list, "free stacks of a span", findings), add);
            });
}

void read_free_stacks(const Runtime& runtime, Model& model, Findings& findings) {
  FreeStacks free(runtime, model, "free stack", findings);
  const auto add = [&model](std::uint32_t index) {
    return [&model, index](AddressRange range, const Span&) {
      model.stacks.push_back({range, 0, index, StackRange::Use::free});
    };
  };
  const std::uint64_t pool_bytes = runtime.global_size(Global::stackpool);
  constexpr std::uint32_t kOrders = 4;  // _NumStackOrders on linux
  const Address pool = runtime.global(Global::stackpool);
  for (std::uint32_t order = 0; order < kOrders; ++order) {
    const Address head = pool + order * (pool_bytes / kOrders) + runtime.place(Field::stackpool_first).offset;
    read_pool(runtime, list_head(runtime, head, "stackpool", findings), free, findings, add(order));
  }
  for (const Processor& p : model.processors.all)
    for (const Address list : p.stack_caches) free.walk(list, add(p.id));
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
