// What runtime.ReadMemStats would return now, beside the same from structures. ReadMemStats
// flushes caches before it looks; what that moves is on both sides (model.flush).
#include <fmt/format.h>

#include "ledger/sums.h"

namespace memmap {
namespace {

using Figure = std::optional<std::uint64_t>;  // empty: not known

MemStatsLine plain(std::string_view field, Figure counter) {
  MemStatsLine line;
  line.field = field;
  line.counter = counter;
  return line;
}

std::uint64_t total(const std::vector<Term>& terms) {
  std::uint64_t sum = 0;
  for (const Term& term : terms) sum += term.subtracted ? 0 - term.bytes : term.bytes;
  return sum;
}

MemStatsLine found(std::string_view field, Figure counter, std::vector<Term> terms) {
  MemStatsLine line = plain(field, counter);
  line.found = total(terms);
  line.terms = std::move(terms);
  return line;
}

// Beside a count that the walk may have had to give up.
MemStatsLine found(std::string_view field, Figure counter, const char* term, Figure bytes) {
  if (!bytes) return plain(field, counter);
  return found(field, counter, std::vector<Term>{{term, *bytes}});
}

void append(std::vector<Term>& to, const std::vector<Term>& from) { to.insert(to.end(), from.begin(), from.end()); }

void add_if(std::vector<Term>& terms, Term term) {
  if (term.bytes != 0) terms.push_back(std::move(term));
}

class MemStatsLines {
 public:
  MemStatsLines(const Model& model, const KindSums& sums)
      : c_(model.counters), f_(model.flush), model_(model), sums_(sums) {}

  std::vector<MemStatsLine> lines() {
    objects();
    heap();
    stacks_and_metadata();
    collector();
    return std::move(lines_);
  }

 private:
  static constexpr const char* kFreedStacks = "stack spans that the flush frees";
  static constexpr const char* kPushed = "span set blocks and spines that the flush takes";
  static constexpr const char* kFlushUnknown = "what the flush in ReadMemStats would move cannot be read";

  Figure counted(std::uint64_t value) const { return c_.known ? Figure(value) : std::nullopt; }
  Figure heap_counted(std::uint64_t value) const { return c_.heap_known ? Figure(value) : std::nullopt; }
  // What also depends on what the flush does to stacks, or to span sets.
  Figure with_stacks(Figure value) const { return f_.stacks_known ? value : std::nullopt; }
  Figure with_span_sets(Figure value) const { return f_.span_sets_known ? value : std::nullopt; }

  void objects() {
    const Figure alloc = c_.alloc();
    const std::vector<Term> counted = {{"allocated slots", model_.recount.alloc}};
    lines_.push_back(found("Alloc", alloc, counted));
    lines_.push_back(plain("TotalAlloc", c_.total_alloc));
    lines_.push_back(sys());
    lines_.push_back(plain("Mallocs", c_.mallocs));
    lines_.push_back(plain("Frees", c_.frees));
    lines_.push_back(found("HeapAlloc", alloc, counted));
    for (MemStatsLine& line : lines_)
      if (line.field != "Sys") line.reason = stale_reason();
  }

  std::string stale_reason() const {
    if (f_.stale_spans == 0) return {};
    return fmt::format("{} spans cached since before the sweep: ReadMemStats would sweep them first", f_.stale_spans);
  }

  std::vector<Term> released_terms() const {
    std::vector<Term> terms = sums_.terms_of(Counter::heap_released);
    add_if(terms, {"released pages of partly released spans", model_.recount.released_uncertain, false});
    return terms;
  }

  std::vector<Term> idle_terms() const {
    std::vector<Term> terms = sums_.terms_of(Counter::heap_free);
    append(terms, sums_.terms_of(Counter::heap_released));
    add_if(terms, {kFreedStacks, f_.stack_bytes});
    return terms;
  }

  void heap() {
    std::vector<Term> all = sums_.terms_of(Counter::heap_inuse);
    append(all, idle_terms());
    const std::uint64_t idle = c_.heap_free + c_.heap_released + f_.stack_bytes;
    lines_.push_back(found("HeapSys", with_stacks(heap_counted(c_.heap_inuse + idle)), all));
    lines_.back().reason = freed_reason();
    lines_.push_back(found("HeapIdle", with_stacks(heap_counted(idle)), idle_terms()));
    lines_.back().reason = freed_reason();
    lines_.push_back(found("HeapInuse", heap_counted(c_.heap_inuse), sums_.terms_of(Counter::heap_inuse)));
    lines_.push_back(found("HeapReleased", heap_counted(c_.heap_released), released_terms()));
    lines_.push_back(found("HeapObjects", c_.objects(), "allocated slots", model_.recount.objects));
    lines_.back().reason = stale_reason();
  }

  std::string freed_reason() const {
    if (!f_.stacks_known) return kFlushUnknown;
    if (f_.stack_bytes == 0) return {};
    return fmt::format("the flush in ReadMemStats frees {} bytes of stack spans whose stacks are all in caches",
                       f_.stack_bytes);
  }

  void stacks_and_metadata() {
    std::vector<Term> stacks = sums_.terms_of(Counter::stacks_inuse);
    add_if(stacks, {kFreedStacks, f_.stack_bytes, true, true});
    const std::string unknown = f_.stacks_known ? "" : kFlushUnknown;
    const std::uint64_t inuse = c_.stacks_inuse - f_.stack_bytes;
    lines_.push_back(found("StackInuse", with_stacks(counted(inuse)), stacks));
    lines_.back().reason = unknown;
    append(stacks, sums_.terms_of(Counter::stacks_sys));
    lines_.push_back(found("StackSys", with_stacks(counted(inuse + c_.stacks_sys)), stacks));
    lines_.back().reason = unknown;
    mspans();
    lines_.push_back(found("MSpanSys", counted(c_.mspan_sys), sums_.terms_of(Counter::mspan_sys)));
    lines_.push_back(found("MCacheInuse", c_.mcache_inuse, "mcaches of Ps", model_.recount.mcache_inuse));
    lines_.push_back(found("MCacheSys", counted(c_.mcache_sys), sums_.terms_of(Counter::mcache_sys)));
    lines_.push_back(found("BuckHashSys", counted(c_.buckhash_sys), sums_.terms_of(Counter::buckhash_sys)));
  }

  void mspans() {
    // Damage may have the flush free more than is in use.
    const bool known = c_.mspan_inuse && f_.mspans_known && *c_.mspan_inuse >= f_.mspans_freed;
    const Figure counter = known ? Figure(*c_.mspan_inuse - f_.mspans_freed) : std::nullopt;
    MemStatsLine line = found("MSpanInuse", counter, "mspans in use", model_.recount.mspan_inuse);
    if (!f_.mspans_known) line.reason = kFlushUnknown;
    if (line.found) {
      add_if(line.terms, {"mspans that the flush frees", f_.mspans_freed, true, true});
      line.found = total(line.terms);
    }
    lines_.push_back(std::move(line));
  }

  std::vector<Term> gc_terms() const {
    std::vector<Term> terms = sums_.terms_of(Counter::gc_misc_sys);
    for (const Unplaced& lost : model_.unplaced) add_if(terms, {lost.name, lost.bytes, false});
    add_if(terms, {kPushed, f_.span_set_bytes + f_.own_mapping_bytes, false});
    return terms;
  }

  std::vector<Term> other_terms() const {
    std::vector<Term> terms = sums_.terms_of(Counter::other_sys);
    std::uint64_t lost = 0;
    for (const Unplaced& unplaced : model_.unplaced) lost += unplaced.in_chunks;
    add_if(terms, {"outgrown arrays in chunks, charged to gc_misc_sys", lost, false, true});
    add_if(terms, {"persistentalloc chunks that the flush takes", f_.new_chunks * kPersistentChunk, false});
    add_if(terms, {kPushed, f_.span_set_bytes, false, true});
    return terms;
  }

  std::string pushed_reason() const {
    if (!f_.span_sets_known) return kFlushUnknown;
    if (f_.span_set_bytes + f_.own_mapping_bytes == 0) return {};
    std::string reason = fmt::format(
        "the flush in ReadMemStats pushes cached spans into span sets: {} bytes move from OtherSys to GCSys",
        f_.span_set_bytes);
    if (f_.new_chunks != 0) reason += fmt::format(", {} new persistentalloc chunks", f_.new_chunks);
    if (f_.own_mapping_bytes != 0)
      reason += fmt::format(", {} bytes of spines with mappings of their own", f_.own_mapping_bytes);
    return reason;
  }

  void collector() {
    const std::uint64_t new_bytes = f_.new_chunks * kPersistentChunk;
    lines_.push_back(
        found("GCSys", with_span_sets(counted(c_.gc_misc_sys + f_.span_set_bytes + f_.own_mapping_bytes)), gc_terms()));
    lines_.back().reason = pushed_reason();
    lines_.push_back(
        found("OtherSys", with_span_sets(counted(c_.other_sys + new_bytes - f_.span_set_bytes)), other_terms()));
    lines_.back().reason = pushed_reason();
    lines_.push_back(plain("NextGC", c_.next_gc));
    lines_.push_back(plain("LastGC", counted(c_.last_gc)));
    lines_.push_back(plain("PauseTotalNs", counted(c_.pause_total_ns)));
    lines_.push_back(plain("NumGC", counted(c_.numgc)));
    lines_.push_back(plain("NumForcedGC", counted(c_.numforcedgc)));
    lines_.push_back(plain("GCCPUFraction", std::nullopt));
    if (c_.known) lines_.back().fraction = c_.cpu_fraction;
  }

  MemStatsLine sys() const {
    std::vector<Term> terms = {
        {"HeapInuse", total(sums_.terms_of(Counter::heap_inuse))},
        {"HeapIdle", total(idle_terms())},
        {"StackSys", sums_.of(Counter::stacks_inuse) + sums_.of(Counter::stacks_sys) - f_.stack_bytes},
        {"MSpanSys", sums_.of(Counter::mspan_sys)},
        {"MCacheSys", sums_.of(Counter::mcache_sys)},
        {"BuckHashSys", sums_.of(Counter::buckhash_sys)},
        {"GCSys", total(gc_terms())},
        {"OtherSys", total(other_terms())}};
    const std::uint64_t bytes = c_.sys() + f_.new_chunks * kPersistentChunk + f_.own_mapping_bytes;
    MemStatsLine line = found("Sys", with_span_sets(heap_counted(bytes)), std::move(terms));
    line.reason = pushed_reason();
    return line;
  }

  const Counters& c_;
  const Flush& f_;
  const Model& model_;
  const KindSums& sums_;
  std::vector<MemStatsLine> lines_;
};

}  // namespace

std::vector<MemStatsLine> memstats_lines(const Model& model, const KindSums& sums) {
  std::vector<MemStatsLine> lines = MemStatsLines(model, sums).lines();
  if (model.runtime.found) return lines;
  for (MemStatsLine& line : lines) {  // nothing was walked
    line.counter.reset();
    line.found.reset();
    line.terms.clear();
  }
  return lines;
}

}  // namespace memmap
