// What the flush inside ReadMemStats would move: stack spans whose stacks are all in caches go
// back to the heap, cached heap spans are pushed into span sets, which may take blocks and
// spines from persistentalloc. Emulated step by step; the target is not touched.
#include <map>

#include "go/walk/checked_read.h"
#include "go/walk/free_stacks.h"
#include "go/walk/next_gc.h"
#include "go/walk/outgrown.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kSetEntries = 512;    // spanSetBlockEntries
constexpr std::uint64_t kInitSpineCap = 256;  // spanSetInitSpineCap
constexpr std::uint64_t kCacheLine = 64;      // cpu.CacheLineSize, amd64
constexpr std::uint64_t kTagAlign = 512;      // tagptr_64bit.go, 1.25
constexpr std::uint64_t kSpanCache = 128;     // len(p.mspancache.buf)

// persistentalloc1 of malloc.go, for the P that calls ReadMemStats.
struct PersistentCursor {
  bool has_chunk = false;
  std::uint64_t off = 0;
  std::uint64_t bytes = 0;
  std::uint64_t new_chunks = 0;
  std::uint64_t own_mapping_bytes = 0;

  void allocate(std::uint64_t size, std::uint64_t align) {
    if (size >= kMaxBlock) {
      own_mapping_bytes += size;
      return;
    }
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
  SpanSetPushes(const Runtime& runtime, std::uint64_t pooled, PersistentCursor cursor, Findings& findings)
      : runtime_(runtime), pooled_(pooled), cursor_(cursor), findings_(findings) {}

  // spanSet.push, mspanset.go. False for a set that cannot be read.
  bool push(Address set) {
    const auto [at, fresh] = sets_.try_emplace(set);
    if (fresh) at->second = read(set);
    if (!at->second) return false;
    SetState& state = *at->second;
    const std::uint64_t top = state.tail++ / kSetEntries;
    if (top < state.spine_len) return true;
    if (state.spine_len == state.spine_cap) {
      state.spine_cap = state.spine_cap == 0 ? kInitSpineCap : state.spine_cap * 2;
      cursor_.allocate(state.spine_cap * 8, kCacheLine);
    }
    if (pooled_ > 0)
      --pooled_;
    else
      cursor_.allocate(runtime_.size_of(Type::span_set_block),
                       runtime_.traits().wide_tagged_pointers ? kTagAlign : kCacheLine);
    ++state.spine_len;
    return true;
  }
  const PersistentCursor& cursor() const { return cursor_; }

 private:
  std::optional<SetState> read(Address set) const {
    SetState state;
    const Result<Record> record = runtime_.record(set, Type::span_set, "spanSet");
    if (!record) {
      findings_.add(Severity::warning, record.error());
      return std::nullopt;
    }
    state.spine_len = (*record)[Field::span_set_spine_len];
    state.spine_cap = (*record)[Field::span_set_spine_cap];
    state.tail = (*record)[Field::span_set_index] & 0xffffffff;  // headTailIndex: head high, tail low
    if (state.spine_len <= state.spine_cap && state.spine_cap <= runtime_.list_bound(8)) return state;
    findings_.add(Severity::warning, {FaultCode::implausible, "spanSet", set});
    return std::nullopt;
  }

  const Runtime& runtime_;
  std::uint64_t pooled_;
  PersistentCursor cursor_;
  Findings& findings_;
  std::map<Address, std::optional<SetState>> sets_;
};

Address swept_set(const Runtime& runtime, std::uint32_t span_class, bool partial, std::uint64_t sweepgen) {
  const FieldPlace central = runtime.place(Field::mheap_central);
  const FieldPlace pair = runtime.place(partial ? Field::mcentral_partial : Field::mcentral_full);
  return runtime.global(Global::mheap) + runtime.place(Field::central_mcentral).offset +
         std::uint64_t{span_class} * central.stride + pair.offset + sweepgen / 2 % 2 * pair.stride;
}

// The set that a span of an mcache is pushed into: null for an empty slot, nothing where the slot
// or its mspan cannot be read.
std::optional<Address> set_of_slot(const Runtime& runtime, Address mcache, std::uint32_t span_class,
                                   std::uint64_t sweepgen, Findings& findings) {
  const FieldPlace alloc = runtime.place(Field::mcache_alloc);
  const auto at =
      checked_word(runtime, mcache + alloc.offset + span_class * std::uint64_t{alloc.stride}, "mcache.alloc", findings);
  if (!at) return std::nullopt;
  if (*at == 0 || Address(*at) == runtime.global(Global::emptymspan)) return Address();
  const Result<Record> span = runtime.record(Address(*at), Type::mspan, "mspan in an mcache");
  if (!span) {
    findings.add(Severity::warning, span.error());
    return std::nullopt;
  }
  return swept_set(runtime, span_class, (*span)[Field::mspan_alloc_count] < (*span)[Field::mspan_nelems], sweepgen);
}

void emulate_span_sets(const Runtime& runtime, const Processors& processors, Model& model, Findings& findings) {
  PersistentCursor cursor;
  if (const Processor* caller = processors.calling()) {
    cursor.has_chunk = !caller->palloc_base.is_null();
    cursor.off = caller->palloc_off;
  }
  const auto sweepgen = checked_word(runtime, runtime.at(runtime.global(Global::mheap), Field::mheap_sweepgen),
                                     "mheap_.sweepgen", findings, 4);
  bool known = processors.complete && sweepgen;
  SpanSetPushes pushes(runtime, model.pieces[PieceId::pooled_span_set_block].size(), cursor, findings);
  for (const Processor& p : processors.all) {
    if (!p.active || p.mcache.is_null()) continue;
    for (std::uint32_t k = 0; k < runtime.place(Field::mcache_alloc).count; ++k) {
      const std::optional<Address> set = set_of_slot(runtime, p.mcache, k, sweepgen.value_or(0), findings);
      if (!set || (!set->is_null() && !pushes.push(*set))) known = false;
    }
  }
  // Only what takes memory depends on the caller. walk_persistent says what is wrong with an offset.
  const bool caller_known = processors.callers_known && cursor.off <= kPersistentChunk;
  if (!known || (!caller_known && pushes.cursor().bytes != 0)) model.flush.span_sets_known = false;
  model.flush.span_set_bytes = pushes.cursor().bytes;
  model.flush.new_chunks = pushes.cursor().new_chunks;
  model.flush.own_mapping_bytes = pushes.cursor().own_mapping_bytes;
}

// Stacks in caches, by their span.
std::map<Address, std::uint64_t> cached_stacks(const Runtime& runtime, const Processors& processors, Model& model,
                                               Findings& findings) {
  std::map<Address, std::uint64_t> cached;
  FreeStacks free(runtime, model, "free stack in a cache", findings);
  for (const Processor& p : processors.all) {
    if (!p.active) continue;
    for (const Address list : p.stack_caches)
      if (!free.walk(list, [&](AddressRange, const Span& span) { ++cached[span.begin]; }))
        model.flush.stacks_known = false;
  }
  return cached;
}

// stackpoolfree: a span whose last stack comes back is freed, unless a collection runs. Returns the
// number of these spans.
std::uint64_t emulate_stack_caches(const Runtime& runtime, const Processors& processors, Model& model,
                                   Findings& findings) {
  const auto phase = checked_word(runtime, runtime.global(Global::gcphase), "gcphase", findings, 4);
  if (!phase) model.flush.stacks_known = false;
  if (!phase || *phase != 0) return 0;
  if (!processors.complete || !processors.stack_caches_known) model.flush.stacks_known = false;
  const std::map<Address, std::uint64_t> cached = cached_stacks(runtime, processors, model, findings);
  std::uint64_t spans_freed = 0;
  for (const Span& span : model.spans) {
    if (span.use != SpanUse::stack) continue;
    const auto found = cached.find(span.begin);
    if (found == cached.end() || found->second != span.alloc_count) continue;
    model.flush.stack_bytes += span.range().size();
    ++spans_freed;
  }
  return spans_freed;
}

// mheap.freeMSpanLocked: the caller's P keeps the mspans of freed spans while it has room.
void emulate_mspan_cache(const Runtime& runtime, const Processors& processors, std::uint64_t spans_freed, Model& model,
                         Findings& findings) {
  Flush& flush = model.flush;
  if (!flush.stacks_known) flush.mspans_known = false;
  if (spans_freed == 0) return;
  if (!processors.callers_known) flush.mspans_known = false;
  const Processor* caller = processors.calling();
  if (caller == nullptr) return;
  const auto kept =
      checked_word(runtime, runtime.at(caller->address, Field::p_mspan_cache_len), "p.mspancache", findings);
  if (!kept) flush.mspans_known = false;
  const std::uint64_t room = kSpanCache - std::min(kept.value_or(0), kSpanCache);
  if (spans_freed > room) flush.mspans_freed = (spans_freed - room) * runtime.size_of(Type::mspan);
  if (model.counters.mspan_inuse.value_or(flush.mspans_freed) < flush.mspans_freed)
    findings.add(Severity::warning, {FaultCode::implausible, "fixalloc.inuse of mspans"});
}

}  // namespace

void walk_flush(const Runtime& runtime, Model& model, Findings& findings) {
  const Processors& processors = model.processors;
  if (runtime.traits().span_sets) emulate_span_sets(runtime, processors, model, findings);
  const std::uint64_t spans_freed = emulate_stack_caches(runtime, processors, model, findings);
  if (runtime.traits().flush_precedes_inuse) emulate_mspan_cache(runtime, processors, spans_freed, model, findings);
  model.counters.next_gc = next_gc(runtime, model.counters, model.flush, findings);
}

}  // namespace memmap::go
