// allp: what each P has cached, and which of them the flush inside ReadMemStats would run on.
#include <algorithm>

#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

// This and the next two: false if something, which a finding names, could not be read.
bool read_stack_caches(const Runtime& runtime, Processor& p, Findings& findings) {
  bool complete = true;
  const FieldPlace caches = runtime.place(Field::mcache_stackcache);
  const std::uint64_t list = runtime.place(Field::stackfreelist_list).offset;
  for (std::size_t order = 0; order < p.stack_caches.size() && order < caches.count; ++order) {
    const std::optional<std::uint64_t> head =
        checked_word(runtime, p.mcache + caches.offset + order * caches.stride + list, "stack cache of a P", findings);
    p.stack_caches[order] = Address(head.value_or(0));
    complete = complete && head;
  }
  return complete;
}

// The P of the thread that the debugger or the core names first. m.procid is the kernel's tid.
Address selected_p(const Runtime& runtime) {
  if (runtime.target().threads.empty()) return {};
  const std::uint64_t tid = runtime.target().threads.front().tid;
  const Result<std::uint64_t> allm = runtime.word(Global::allm);
  if (!allm) return {};
  Address found;
  Findings ignored;  // walk_stacks reports a damaged allm
  walk_list(runtime, Address(*allm), runtime.place(Field::m_alllink).offset, "m", ignored, [&](Address m) {
    const Result<std::uint64_t> procid =
        read_word(runtime.memory(), runtime.at(m, Field::m_procid), runtime.place(Field::m_procid).size);
    const Result<std::uint64_t> p = read_word(runtime.memory(), runtime.at(m, Field::m_p));
    if (procid && p && *procid == tid) found = Address(*p);
  });
  return found;
}

bool read_goroutine(const Runtime& runtime, Address m, Processor& p, Findings& findings) {
  if (m.is_null()) return true;
  const auto curg = checked_word(runtime, runtime.at(m, Field::m_curg), "m of a P", findings);
  p.runs_goroutine = curg.value_or(0) != 0;
  return curg.has_value();
}

bool read_palloc(const Runtime& runtime, Processor& p, Findings& findings) {
  const Address palloc = runtime.at(p.address, Field::p_palloc);
  const std::optional<std::uint64_t> base =
      checked_word(runtime, runtime.at(palloc, Field::persistent_base), "p.palloc", findings);
  const std::optional<std::uint64_t> off =
      checked_word(runtime, runtime.at(palloc, Field::persistent_off), "p.palloc", findings);
  if (!base || !off) return false;
  p.palloc_base = Address(*base);
  p.palloc_off = *off;
  return true;
}

void fill_in(const Runtime& runtime, const Record& record, Processor& p, Processors& all, Findings& findings) {
  p.status = record[Field::p_status];
  p.mcache = record.pointer(Field::p_mcache);
  if (!read_goroutine(runtime, record.pointer(Field::p_m), p, findings)) all.callers_known = false;
  if (!read_palloc(runtime, p, findings)) all.callers_known = false;
  if (!p.mcache.is_null() && !read_stack_caches(runtime, p, findings)) all.stack_caches_known = false;
}

// The pointers of allp. The bytes are read at once: a length that cannot be right fails here,
// not word by word.
struct Allp {
  Block pointers;         // up to the capacity
  std::uint64_t len = 0;  // Ps beyond were taken away by a lower GOMAXPROCS
};

Result<Allp> read_allp(const Runtime& runtime) {
  const Address at = runtime.global(Global::allp);
  const Result<Slice> allp = read_slice(runtime.memory(), at);
  if (!allp) return fault(FaultCode::implausible, "allp", at);
  if (allp->cap == 0) return Allp{};
  const auto range = runtime.list(allp->array, allp->cap, 8);
  if (!range) return fault(FaultCode::implausible, "allp", at);
  Result<Block> pointers = Block::read(runtime.memory(), *range, "allp");
  if (!pointers) return tl::unexpected(pointers.error());
  return Allp{std::move(*pointers), allp->len};
}

void read_all(const Runtime& runtime, Processors& processors, Findings& findings) {
  const Result<Allp> allp = read_allp(runtime);
  const Result<std::uint64_t> gomaxprocs = read_word(runtime.memory(), runtime.global(Global::gomaxprocs), 4);
  if (!allp || !gomaxprocs) {
    findings.add(Severity::warning, allp ? gomaxprocs.error() : allp.error());
    processors.complete = false;
    return;
  }
  for (std::size_t i = 0; i < allp->pointers.words(); ++i) {
    Processor p;
    p.address = Address(allp->pointers.word(i));
    if (p.address.is_null()) continue;
    p.id = static_cast<std::uint32_t>(i);
    p.listed = i < allp->len;
    p.active = p.listed && i < *gomaxprocs;
    const Result<Record> record = runtime.record(p.address, Type::p, "p");
    if (!record) {
      findings.add(Severity::warning, record.error());
      processors.complete = false;
      continue;
    }
    fill_in(runtime, *record, p, processors, findings);
    processors.all.push_back(p);
  }
}

std::optional<std::size_t> calling_processor(const Runtime& runtime, const std::vector<Processor>& all) {
  constexpr std::uint64_t kRunning = 1;  // _Prunning
  const Address selected = selected_p(runtime);
  // An M that only looks for work holds a running P too; ReadMemStats is called by a goroutine.
  std::optional<std::size_t> best;
  int best_rank = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Processor& p = all[i];
    const int rank =
        4 * int{p.runs_goroutine} + 2 * int{!selected.is_null() && p.address == selected} + int{p.status == kRunning};
    if (rank > best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace

void walk_processors(const Runtime& runtime, Model& model, Findings& findings) {
  Processors& processors = model.processors;
  processors.all.clear();
  processors.complete = processors.stack_caches_known = processors.callers_known = true;
  read_all(runtime, processors, findings);
  processors.caller = calling_processor(runtime, processors.all);
}

}  // namespace memmap::go
