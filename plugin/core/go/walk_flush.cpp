// What the flush inside ReadMemStats would move: stack spans whose stacks are all in caches go
// back to the heap, cached heap spans are pushed into span sets, which may take blocks and
// spines from persistentalloc. Emulated step by step; the target is not touched.
#include <map>

#include "go/next_gc.h"
#include "go/processors.h"
#include "go/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kSetEntries = 512;    // spanSetBlockEntries
constexpr std::uint64_t kInitSpineCap = 256;  // spanSetInitSpineCap
constexpr std::uint64_t kCacheLine = 64;      // cpu.CacheLineSize, amd64
constexpr std::uint64_t kTagAlign = 512;      // tagptr_64bit.go, 1.25
constexpr std::uint64_t kSpanCache = 128;     // len(p.mspancache.buf)

// persistentalloc of the P that calls ReadMemStats.
struct PersistentCursor {
  bool has_chunk = false;
  std::uint64_t off = 0;
  std::uint64_t bytes = 0;
  std::uint64_t new_chunks = 0;

  void allocate(std::uint64_t size, std::uint64_t align) {
    off = round_up(off, align);
    if (off + size > kPersistentChunk || !has_chunk) {
      has_chunk = true;
      ++new_chunks;
      off = round_up(8, align);  // the first word links to the previous chunk
    }
    off += size;
    bytes += size;
  }
};

struct SetState {
  std::uint64_t spine_len = 0, spine_cap = 0, tail = 0;
};

class SpanSetPushes {
 public:
  SpanSetPushes(const Runtime& runtime, std::uint64_t pooled, PersistentCursor cursor)
      : runtime_(runtime), pooled_(pooled), cursor_(cursor) {}

  // spanSet.push, mspanset.go.
  void push(Address set) {
    const auto [at, fresh] = sets_.try_emplace(set);
    SetState& state = at->second;
    if (fresh) state = read(set);
    const std::uint64_t top = state.tail++ / kSetEntries;
    if (top < state.spine_len) return;
    if (state.spine_len == state.spine_cap) {
      state.spine_cap = state.spine_cap == 0 ? kInitSpineCap : state.spine_cap * 2;
      cursor_.allocate(state.spine_cap * 8, kCacheLine);
    }
    if (pooled_ > 0) --pooled_;
    else cursor_.allocate(runtime_.size_of(Type::span_set_block), runtime_.traits().wide_tagged_pointers ? kTagAlign : kCacheLine);
    ++state.spine_len;
  }
  const PersistentCursor& cursor() const { return cursor_; }

 private:
  SetState read(Address set) const {
    SetState state;
    const Result<Record> record = runtime_.record(set, Type::span_set, "spanSet");
    if (!record) return state;
    state.spine_len = (*record)[Field::span_set_spine_len];
    state.spine_cap = (*record)[Field::span_set_spine_cap];
    state.tail = (*record)[Field::span_set_index] & 0xffffffff;  // headTailIndex: head high, tail low
    return state;
  }

  const Runtime& runtime_;
  std::uint64_t pooled_;
  PersistentCursor cursor_;
  std::map<Address, SetState> sets_;
};

Address swept_set(const Runtime& runtime, std::uint32_t span_class, bool partial, std::uint64_t sweepgen) {
  const FieldPlace central = runtime.place(Field::mheap_central);
  const FieldPlace pair = runtime.place(partial ? Field::mcentral_partial : Field::mcentral_full);
  return runtime.global(Global::mheap) + runtime.place(Field::central_mcentral).offset +
         std::uint64_t{span_class} * central.stride + pair.offset + sweepgen / 2 % 2 * pair.stride;
}

void emulate_span_sets(const Runtime& runtime, const std::vector<Processor>& processors, Model& model) {
  PersistentCursor cursor;
  if (const Processor* caller = calling_processor(runtime, processors)) {
    cursor.has_chunk = !caller->palloc_base.is_null();
    cursor.off = caller->palloc_off;
  }
  SpanSetPushes pushes(runtime, model.pieces.pooled_span_set_blocks.size(), cursor);
  const FieldPlace alloc = runtime.place(Field::mcache_alloc);
  const Address empty = runtime.global(Global::emptymspan);
  const std::uint64_t sweepgen =
      read_word(runtime.memory(), runtime.at(runtime.global(Global::mheap), Field::mheap_sweepgen), 4).value_or(0);
  for (const Processor& p : processors) {
    if (!p.active || p.mcache.is_null()) continue;
    for (std::uint32_t k = 0; k < alloc.count; ++k) {
      const Result<std::uint64_t> at = read_word(runtime.memory(), p.mcache + alloc.offset + k * std::uint64_t{alloc.stride});
      if (!at || *at == 0 || Address(*at) == empty) continue;
      const Result<Record> span = runtime.record(Address(*at), Type::mspan, "mspan in an mcache");
      if (!span) continue;
      const bool partial = (*span)[Field::mspan_alloc_count] < (*span)[Field::mspan_nelems];
      pushes.push(swept_set(runtime, k, partial, sweepgen));
    }
  }
  model.flush.span_set_bytes = pushes.cursor().bytes;
  model.flush.new_chunks = pushes.cursor().new_chunks;
}

// stackpoolfree: a span whose last stack comes back is freed, unless a collection runs.
void emulate_stack_caches(const Runtime& runtime, const std::vector<Processor>& processors, Model& model,
                          Findings& findings) {
  const Result<std::uint64_t> phase = read_word(runtime.memory(), runtime.global(Global::gcphase), 4);
  if (!phase || *phase != 0) return;
  std::map<Address, std::uint64_t> cached;  // stacks in caches, by span
  for (const Processor& p : processors) {
    if (!p.active) continue;
    for (const Address list : p.stack_caches)
      walk_list(runtime, list, 0, "free stack in a cache", findings, [&](Address at) {
        const auto after = std::upper_bound(model.spans.begin(), model.spans.end(), at,
                                            [](Address x, const Span& s) { return x < s.begin; });
        if (after != model.spans.begin()) ++cached[std::prev(after)->begin];
      });
  }
  std::uint64_t spans_freed = 0;
  for (const Span& span : model.spans) {
    if (span.use != SpanUse::stack) continue;
    const auto found = cached.find(span.begin);
    if (found == cached.end() || found->second != span.alloc_count) continue;
    model.flush.stack_bytes += span.range().size();
    ++spans_freed;
  }
  if (!runtime.traits().flush_precedes_inuse) return;
  const Processor* caller = calling_processor(runtime, processors);
  if (caller == nullptr) return;
  const std::uint64_t kept = read_word(runtime.memory(), runtime.at(caller->address, Field::p_mspan_cache_len)).value_or(0);
  const std::uint64_t room = kSpanCache - std::min(kept, kSpanCache);
  if (spans_freed > room) model.flush.mspans_freed = (spans_freed - room) * runtime.size_of(Type::mspan);
}

}  // namespace

void walk_flush(const Runtime& runtime, Model& model, Findings& findings) {
  const std::vector<Processor> processors = read_processors(runtime, findings);
  if (runtime.traits().span_sets) emulate_span_sets(runtime, processors, model);
  emulate_stack_caches(runtime, processors, model, findings);
  model.counters.next_gc = next_gc(runtime, model.counters, model.flush, findings);
}

}  // namespace memmap::go
