// Object counts as ReadMemStats would give them: it first flushes every P's mcache, so what Ps
// have cached is added or taken away here.
#include "go/walk/checked_read.h"
#include "go/walk/heap_stats.h"
#include "go/walk/walk.h"

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
      : runtime_(runtime), model_(model), findings_(findings), processors_(model.processors) {}

  void run() {
    read_class_sizes();
    read_cached_spans();
    if (runtime_.traits().consistent_heap_stats)
      from_heap_stats();
    else
      from_mheap();
    keep_what_is_known();
    recount();
  }

 private:
  struct Tally {
    std::uint64_t mallocs = 0, frees = 0;           // objects
    std::uint64_t total_alloc = 0, total_free = 0;  // bytes
  };

  // A word that the tally needs: where it cannot be read there is no tally.
  std::uint64_t need(Address at, const char* what, std::size_t size = 8) {
    const std::optional<std::uint64_t> word = checked_word(runtime_, at, what, findings_, size);
    if (!word) tally_known_ = false;
    return word.value_or(0);
  }

  // class_to_size: bytes of a slot for each size class. Without it objects are counted, and not
  // their bytes.
  void read_class_sizes() {
    const Address table = runtime_.global(Global::class_to_size);
    const auto range = AddressRange::of(table, runtime_.global_size(Global::class_to_size));
    const Result<Block> block = range ? Block::read(runtime_.memory(), *range, "size class table")
                                      : fault(FaultCode::not_found, "size class table");
    if (!block) return findings_.add(Severity::warning, block.error());
    for (std::size_t i = 0; i + 1 < block->bytes().size(); i += 2) {
      std::uint16_t size = 0;
      std::memcpy(&size, block->bytes().data() + i, sizeof size);
      class_sizes_.push_back(size);
    }
  }

  void read_cached_spans() {
    const FieldPlace alloc = runtime_.place(Field::mcache_alloc);
    const Address empty = runtime_.global(Global::emptymspan);
    caches_known_ = processors_.complete;
    heap_sweepgen_ = checked_word(runtime_, runtime_.at(runtime_.global(Global::mheap), Field::mheap_sweepgen),
                                  "mheap_.sweepgen", findings_, 4);
    for (const Processor& p : processors_.all) {
      if (!p.active || p.mcache.is_null()) continue;
      tiny_in_caches_ += need(runtime_.at(p.mcache, Field::mcache_tiny_allocs), "mcache.tinyAllocs");
      for (std::uint32_t k = 0; k < alloc.count; ++k) {
        const auto at = checked_word(runtime_, p.mcache + alloc.offset + k * std::uint64_t{alloc.stride},
                                     "mcache.alloc", findings_);
        if (!at)
          caches_known_ = false;
        else if (*at != 0 && Address(*at) != empty)
          add_cached(Address(*at), k);
      }
    }
    if (!caches_known_) tally_known_ = false;
  }

  void add_cached(Address at, std::uint32_t span_class) {
    const Result<Record> span = runtime_.record(at, Type::mspan, "mspan in an mcache");
    if (!span) return lose_cached(span.error());
    const CachedSpan cached{span_class / 2, (*span)[Field::mspan_elemsize], (*span)[Field::mspan_nelems],
                            (*span)[Field::mspan_alloc_count], span->value_or(Field::mspan_count_before_cache, 0)};
    if (cached.alloc_count > cached.nelems || cached.count_before_cache > cached.nelems)
      return lose_cached({FaultCode::implausible, "mspan in an mcache", at});
    cached_.push_back(cached);
    // Cached before the sweep began: the real flush sweeps it, and what that frees only the mark
    // bits know (mcentral.uncacheSpan, 1.12).
    if (!heap_sweepgen_ || !runtime_.traits().linked_chunks) return;
    if ((*span)[Field::mspan_sweepgen] == ((*heap_sweepgen_ + 1) & 0xffffffff)) ++model_.flush.stale_spans;
  }

  void lose_cached(const Fault& why) {
    findings_.add(Severity::warning, why);
    caches_known_ = false;
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
      tally_known_ = false;
      return;
    }
    HeapStats stats = *read;
    if (!class_sizes_.empty()) model_.counters.metric_objects = object_bytes(stats);
    for (const CachedSpan& span : cached_) {
      if (span.size_class >= stats.small_allocs.size()) continue;
      stats.small_allocs[span.size_class] += runtime_.traits().cached_slots_uncounted
                                                 ? span.alloc_count - span.count_before_cache
                                                 : span.alloc_count - span.nelems;
    }
    std::uint64_t tiny = stats.tiny_allocs + tiny_in_caches_;
    if (runtime_.has(Group::tiny_in_memstats)) tiny += tiny_allocs();
    tally_ = {stats.large_allocs + tiny, stats.large_frees + tiny, stats.large_alloc, stats.large_free};
    for (std::size_t i = 0; i < stats.small_allocs.size(); ++i) {
      add_allocs(stats.small_allocs[i], i);
      add_frees(stats.small_frees[i], i);
    }
  }

  std::uint64_t object_bytes(const HeapStats& stats) const {
    std::uint64_t bytes = stats.large_alloc - stats.large_free;
    for (std::size_t i = 0; i < stats.small_allocs.size(); ++i)
      bytes += (stats.small_allocs[i] - stats.small_frees[i]) * class_size(i);
    return bytes;
  }

  std::uint64_t tiny_allocs() {
    return need(runtime_.at(runtime_.global(Global::memstats), Field::stats_tinyallocs), "memstats.tinyallocs");
  }
  void add_allocs(std::uint64_t n, std::size_t size_class) {
    tally_.mallocs += n;
    tally_.total_alloc += n * class_size(size_class);
  }
  void add_frees(std::uint64_t n, std::size_t size_class) {
    tally_.frees += n;
    tally_.total_free += n * class_size(size_class);
  }

  // To 1.15: mheap_ and each mcentral count, and every mcache has frees of its own.
  void from_mheap() {
    const auto of_mheap = [this](Field field) {
      return need(runtime_.at(runtime_.global(Global::mheap), field), "large objects of mheap_");
    };
    const std::uint64_t tiny = tiny_in_caches_ + tiny_allocs();
    tally_ = {of_mheap(Field::mheap_nlargealloc) + tiny, of_mheap(Field::mheap_nlargefree) + tiny,
              of_mheap(Field::mheap_largealloc), of_mheap(Field::mheap_largefree)};
    add_central_allocs();
    add_small_frees(runtime_.at(runtime_.global(Global::mheap), Field::mheap_nsmallfree),
                    runtime_.place(Field::mheap_nsmallfree));
    for (const Processor& p : processors_.all) {
      if (p.mcache.is_null()) continue;
      tally_.frees += need(runtime_.at(p.mcache, Field::mcache_nlargefree), "mcache.local_nlargefree");
      tally_.total_free += need(runtime_.at(p.mcache, Field::mcache_largefree), "mcache.local_largefree");
      add_small_frees(runtime_.at(p.mcache, Field::mcache_nsmallfree), runtime_.place(Field::mcache_nsmallfree));
    }
  }

  void add_central_allocs() {
    const FieldPlace central = runtime_.place(Field::mheap_central);
    const Address first = runtime_.global(Global::mheap) + runtime_.place(Field::central_mcentral).offset +
                          runtime_.place(Field::mcentral_nmalloc).offset;
    for (std::uint32_t k = 0; k < central.count; ++k)
      add_allocs(need(first + k * std::uint64_t{central.stride}, "mcentral.nmalloc"), k / 2);
    // A span counts as wholly allocated while a P has it; uncacheSpan takes back what is free.
    for (const CachedSpan& span : cached_) add_allocs(span.alloc_count - span.nelems, span.size_class);
  }

  void add_small_frees(Address array, FieldPlace place) {
    for (std::uint32_t i = 1; i < place.count; ++i)
      add_frees(need(array + i * std::uint64_t{place.stride}, "frees of small objects"), i);
  }

  void keep_what_is_known() {
    if (!tally_known_) return;
    Counters& c = model_.counters;
    c.mallocs = tally_.mallocs;
    c.frees = tally_.frees;
    if (class_sizes_.empty()) return;
    c.total_alloc = tally_.total_alloc;
    c.total_free = tally_.total_free;
  }

  void recount() {
    Recount& r = model_.recount;
    for (const Span& span : model_.spans) {
      // A user arena chunk is one large object to the counters (newUserArenaChunk, 1.20).
      if (span.use != SpanUse::heap && span.use != SpanUse::user_arena) continue;
      r.alloc += span.alloc_count * span.elem_size;
      r.objects += span.alloc_count;
    }
    if (!caches_known_) return;
    r.metric_adjust = 0;
    if (!runtime_.traits().consistent_heap_stats) return;
    for (const CachedSpan& span : cached_) {
      const std::uint64_t slots = runtime_.traits().cached_slots_uncounted ? span.count_before_cache - span.alloc_count
                                                                           : span.nelems - span.alloc_count;
      *r.metric_adjust += static_cast<std::int64_t>(slots * span.elem_size);
    }
  }

  const Runtime& runtime_;
  Model& model_;
  Findings& findings_;
  const Processors& processors_;
  std::vector<std::uint64_t> class_sizes_;  // empty where the table cannot be read
  std::vector<CachedSpan> cached_;
  bool caches_known_ = true;  // cached_ has all of them
  std::optional<std::uint64_t> heap_sweepgen_;
  std::uint64_t tiny_in_caches_ = 0;
  Tally tally_;
  bool tally_known_ = true;
};

}  // namespace

void walk_objects(const Runtime& runtime, Model& model, Findings& findings) {
  ObjectWalk(runtime, model, findings).run();
}

}  // namespace memmap::go
