// Object counts as ReadMemStats would give them: it first flushes every P's mcache, so what Ps
// have cached is added or taken away here.
#include "go/heap_stats.h"
#include "go/processors.h"
#include "go/walk.h"

namespace memmap::go {
namespace {

struct CachedSpan {
  std::uint64_t size_class = 0;
  std::uint64_t elem_size = 0;
  std::uint64_t nelems = 0;
  std::uint64_t alloc_count = 0;
  std::uint64_t count_before_cache = 0;
};

class ObjectWalk {
 public:
  ObjectWalk(const Runtime& runtime, Model& model, Findings& findings)
      : runtime_(runtime), model_(model), findings_(findings), processors_(read_processors(runtime, findings)) {}

  void run() {
    if (!read_class_sizes()) return;
    read_cached_spans();
    if (runtime_.traits().consistent_heap_stats) from_heap_stats();
    else from_mheap();
    recount();
  }

 private:
  // class_to_size: bytes of a slot for each size class.
  bool read_class_sizes() {
    const Address table = runtime_.global(Global::class_to_size);
    const auto range = AddressRange::of(table, runtime_.global_size(Global::class_to_size));
    const Result<Block> block = range ? Block::read(runtime_.memory(), *range, "size class table")
                                      : fault(FaultCode::not_found, "size class table");
    if (!block) {
      findings_.add(Severity::warning, block.error());
      return false;
    }
    for (std::size_t i = 0; i + 1 < block->bytes().size(); i += 2) {
      std::uint16_t size = 0;
      std::memcpy(&size, block->bytes().data() + i, sizeof size);
      class_sizes_.push_back(size);
    }
    return true;
  }

  void read_cached_spans() {
    const FieldPlace alloc = runtime_.place(Field::mcache_alloc);
    const Address empty = runtime_.global(Global::emptymspan);
    for (const Processor& p : processors_) {
      if (!p.active || p.mcache.is_null()) continue;
      tiny_in_caches_ += read_word(runtime_.memory(), runtime_.at(p.mcache, Field::mcache_tiny_allocs)).value_or(0);
      for (std::uint32_t k = 0; k < alloc.count; ++k) {
        const Result<std::uint64_t> at = read_word(runtime_.memory(), p.mcache + alloc.offset + k * std::uint64_t{alloc.stride});
        if (at && *at != 0 && Address(*at) != empty) add_cached(Address(*at), k);
      }
    }
  }

  void add_cached(Address at, std::uint32_t span_class) {
    const Result<Record> span = runtime_.record(at, Type::mspan, "mspan in an mcache");
    if (!span) {
      findings_.add(Severity::warning, span.error());
      return;
    }
    cached_.push_back({span_class / 2, (*span)[Field::mspan_elemsize], (*span)[Field::mspan_nelems],
                       (*span)[Field::mspan_alloc_count], span->value_or(Field::mspan_count_before_cache, 0)});
    // Cached before the sweep began: the real flush sweeps it, and what that frees only the mark
    // bits know (mcentral.uncacheSpan, 1.12).
    const std::uint64_t stale = (heap_sweepgen() + 1) & 0xffffffff;
    if (runtime_.traits().linked_chunks && (*span)[Field::mspan_sweepgen] == stale) ++model_.flush.stale_spans;
  }

  std::uint64_t heap_sweepgen() const {
    return read_word(runtime_.memory(), runtime_.at(runtime_.global(Global::mheap), Field::mheap_sweepgen), 4).value_or(0);
  }

  std::uint64_t class_size(std::size_t size_class) const {
    return size_class < class_sizes_.size() ? class_sizes_[size_class] : 0;
  }

  // 1.16: memstats.heapStats. Slots of cached spans all count as allocated to 1.18; from 1.19
  // none counts that was taken since the span was cached.
  void from_heap_stats() {
    const Result<HeapStats> read = read_heap_stats(runtime_);
    if (!read) {
      findings_.add(Severity::warning, read.error());
      return;
    }
    HeapStats stats = *read;
    Counters& c = model_.counters;
    c.metric_objects = object_bytes(stats);
    for (const CachedSpan& span : cached_) {
      if (span.size_class >= stats.small_allocs.size()) continue;
      stats.small_allocs[span.size_class] += runtime_.traits().cached_slots_uncounted
                                                 ? span.alloc_count - span.count_before_cache
                                                 : span.alloc_count - span.nelems;
    }
    std::uint64_t tiny = stats.tiny_allocs + tiny_in_caches_;
    if (runtime_.has(Field::stats_tinyallocs))
      tiny += read_word(runtime_.memory(), runtime_.at(runtime_.global(Global::memstats), Field::stats_tinyallocs)).value_or(0);
    c.total_alloc = stats.large_alloc;
    c.total_free = stats.large_free;
    c.mallocs = stats.large_allocs + tiny;
    c.frees = stats.large_frees + tiny;
    for (std::size_t i = 0; i < stats.small_allocs.size(); ++i) {
      c.mallocs += stats.small_allocs[i];
      c.total_alloc += stats.small_allocs[i] * class_size(i);
      c.frees += stats.small_frees[i];
      c.total_free += stats.small_frees[i] * class_size(i);
    }
  }

  std::uint64_t object_bytes(const HeapStats& stats) const {
    std::uint64_t bytes = stats.large_alloc - stats.large_free;
    for (std::size_t i = 0; i < stats.small_allocs.size(); ++i)
      bytes += (stats.small_allocs[i] - stats.small_frees[i]) * class_size(i);
    return bytes;
  }

  std::uint64_t mheap_word(Field field) const {
    return read_word(runtime_.memory(), runtime_.at(runtime_.global(Global::mheap), field)).value_or(0);
  }

  // To 1.15: mheap_ and each mcentral count, and every mcache has frees of its own.
  void from_mheap() {
    Counters& c = model_.counters;
    const std::uint64_t tiny =
        tiny_in_caches_ +
        read_word(runtime_.memory(), runtime_.at(runtime_.global(Global::memstats), Field::stats_tinyallocs)).value_or(0);
    c.mallocs = mheap_word(Field::mheap_nlargealloc) + tiny;
    c.total_alloc = mheap_word(Field::mheap_largealloc);
    c.frees = mheap_word(Field::mheap_nlargefree) + tiny;
    c.total_free = mheap_word(Field::mheap_largefree);
    add_central_allocs(c);
    add_frees(runtime_.at(runtime_.global(Global::mheap), Field::mheap_nsmallfree), runtime_.place(Field::mheap_nsmallfree), c);
    for (const Processor& p : processors_) {
      if (p.mcache.is_null()) continue;
      c.frees += read_word(runtime_.memory(), runtime_.at(p.mcache, Field::mcache_nlargefree)).value_or(0);
      c.total_free += read_word(runtime_.memory(), runtime_.at(p.mcache, Field::mcache_largefree)).value_or(0);
      add_frees(runtime_.at(p.mcache, Field::mcache_nsmallfree), runtime_.place(Field::mcache_nsmallfree), c);
    }
  }

  void add_central_allocs(Counters& c) const {
    const FieldPlace central = runtime_.place(Field::mheap_central);
    const Address first = runtime_.global(Global::mheap) + runtime_.place(Field::central_mcentral).offset +
                          runtime_.place(Field::mcentral_nmalloc).offset;
    for (std::uint32_t k = 0; k < central.count; ++k) {
      const std::uint64_t n = read_word(runtime_.memory(), first + k * std::uint64_t{central.stride}).value_or(0);
      c.mallocs += n;
      c.total_alloc += n * class_size(k / 2);
    }
    // A span counts as wholly allocated while a P has it; uncacheSpan takes back what is free.
    for (const CachedSpan& span : cached_) {
      c.mallocs -= span.nelems - span.alloc_count;
      c.total_alloc -= (span.nelems - span.alloc_count) * class_size(span.size_class);
    }
  }

  void add_frees(Address array, FieldPlace place, Counters& c) const {
    for (std::uint32_t i = 1; i < place.count; ++i) {
      const std::uint64_t n = read_word(runtime_.memory(), array + i * std::uint64_t{place.stride}).value_or(0);
      c.frees += n;
      c.total_free += n * class_size(i);
    }
  }

  void recount() {
    Recount& r = model_.recount;
    for (const Span& span : model_.spans) {
      // A user arena chunk is one large object to the counters (newUserArenaChunk, 1.20).
      if (span.use != SpanUse::heap && span.use != SpanUse::user_arena) continue;
      r.alloc += span.alloc_count * span.elem_size;
      r.objects += span.alloc_count;
    }
    if (!runtime_.traits().consistent_heap_stats) return;
    for (const CachedSpan& span : cached_) {
      const std::uint64_t slots = runtime_.traits().cached_slots_uncounted ? span.count_before_cache - span.alloc_count
                                                                           : span.nelems - span.alloc_count;
      r.metric_adjust += static_cast<std::int64_t>(slots * span.elem_size);
    }
  }

  const Runtime& runtime_;
  Model& model_;
  Findings& findings_;
  std::vector<Processor> processors_;
  std::vector<std::uint64_t> class_sizes_;
  std::vector<CachedSpan> cached_;
  std::uint64_t tiny_in_caches_ = 0;
};

}  // namespace

void walk_objects(const Runtime& runtime, Model& model, Findings& findings) {
  ObjectWalk(runtime, model, findings).run();
}

}  // namespace memmap::go
