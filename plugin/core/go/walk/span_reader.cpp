#include "go/walk/span_reader.h"

#include <cstring>

#include "base/large.h"
#include "go/arena_index.h"

namespace memmap::go {
namespace {

// mSpanState of mheap.go: dead 0, in use 1, manual 2, free 3 (to 1.13).
enum State : std::uint64_t { dead, in_use, manual, free };

struct Run {
  Address begin;
  std::uint32_t first = 0;  // index in allspans
  std::uint32_t count = 0;
};

std::uint64_t load(const std::byte* at, FieldPlace place) {
  std::uint64_t value = 0;
  switch (place.size) {
    case 1:
      std::memcpy(&value, at + place.offset, 1);
      break;
    case 2:
      std::memcpy(&value, at + place.offset, 2);
      break;
    case 4:
      std::memcpy(&value, at + place.offset, 4);
      break;
    default:
      std::memcpy(&value, at + place.offset, 8);
      break;
  }
  return value;
}

class SpanParser {
 public:
  SpanParser(const Runtime& runtime, Findings& findings)
      : start_(runtime.place(Field::mspan_start)),
        npages_(runtime.place(Field::mspan_npages)),
        limit_(runtime.place(Field::mspan_limit)),
        state_(runtime.place(Field::mspan_state)),
        elemsize_(runtime.place(Field::mspan_elemsize)),
        nelems_(runtime.place(Field::mspan_nelems)),
        alloc_count_(runtime.place(Field::mspan_alloc_count)),
        spanclass_(runtime.place(Field::mspan_spanclass)),
        specials_(runtime.place(Field::mspan_specials)),
        runtime_(runtime),
        findings_(findings) {
    if (runtime.has(Field::mspan_npreleased)) npreleased_ = runtime.place(Field::mspan_npreleased);
    if (runtime.has(Field::mspan_scavenged)) scavenged_ = runtime.place(Field::mspan_scavenged);
    if (runtime.has(Field::mspan_user_arena_chunk)) user_arena_ = runtime.place(Field::mspan_user_arena_chunk);
  }

  void parse(const std::byte* bytes, Address at, std::uint32_t index, SpansRead& read) {
    const std::uint64_t state = load(bytes, state_);
    // Dead mspans stay in allspans with stale fields; state is the only test.
    if (state == State::dead) return;
    Span span;
    span.begin = Address(load(bytes, start_));
    span.index = index;
    const std::uint64_t npages = load(bytes, npages_);
    const bool sane = state <= State::free && npages != 0 && npages <= kMaxPages &&
                      span.begin.value() % kRuntimePage == 0 && arena_index(span.begin) < kArenaIndexCount;
    const std::uint64_t size = npages * kRuntimePage;
    const bool backed = sane && (readable(span.begin, size) || is_faulted(bytes, state, span.begin, size));
    const bool taken_away = sane && !backed && is_taken_away(bytes, state, span.begin, size);
    if (!backed && !taken_away) {
      findings_.add(Severity::warning, {FaultCode::implausible, "mspan", at});
      return;
    }
    span.npages = static_cast<std::uint32_t>(npages);
    span.elem_size = load(bytes, elemsize_);
    span.elem_count = static_cast<std::uint32_t>(load(bytes, nelems_));
    span.alloc_count = static_cast<std::uint32_t>(load(bytes, alloc_count_));
    span.span_class = static_cast<std::uint8_t>(load(bytes, spanclass_));
    span.use = use_of(bytes, state, span);
    if (span.use == SpanUse::free) span.released_pages = released(bytes, span);
    if (backed) read.spans.push_back(span);
    const Address specials(load(bytes, specials_));
    if (state == State::in_use && !specials.is_null()) read.special_lists.push_back(specials);
  }

 private:
  static constexpr std::uint64_t kMaxPages = std::uint64_t{1} << 31;  // 16 TiB

  // One mspan that claims the address space would hide all others, and each arena of a span costs
  // a table: reservations are larger than memory. Neighbours share a mapping.
  bool readable(Address begin, std::uint64_t size) {
    const auto range = AddressRange::of(begin, size);
    if (!range) return false;
    if (last_mapping_.contains(*range)) return true;
    if (!runtime_.readable(*range)) return false;
    last_mapping_ = runtime_.target().mapping_at(begin)->range;
    return true;
  }

  // A freed user arena chunk: setUserArenaChunkToFault (1.20) leaves of it the bare address space,
  // in no counter, and its span in use.
  bool is_taken_away(const std::byte* bytes, std::uint64_t state, Address begin, std::uint64_t size) const {
    const auto range = AddressRange::of(begin, size);
    return state == State::in_use && is_user_arena(bytes) && range && runtime_.mapped(*range);
  }

  // A freed large object of GODEBUG efence: sweep (mgcsweep.go, 1.11 to 1.27) takes access away, and
  // its span stays in use and in heap_inuse for good. Nothing else sets limit to 0.
  bool is_faulted(const std::byte* bytes, std::uint64_t state, Address begin, std::uint64_t size) const {
    const auto range = AddressRange::of(begin, size);
    return state == State::in_use && load(bytes, limit_) == 0 && range && runtime_.mapped(*range);
  }

  bool is_user_arena(const std::byte* bytes) const { return user_arena_.size != 0 && load(bytes, user_arena_) != 0; }

  SpanUse use_of(const std::byte* bytes, std::uint64_t state, const Span& span) const {
    if (state == State::free) return SpanUse::free;
    // There is no stored kind of a manual span: only stacks set elemsize (stack.go).
    if (state == State::manual) return span.elem_size != 0 ? SpanUse::stack : SpanUse::workbuf;
    return is_user_arena(bytes) ? SpanUse::user_arena : SpanUse::heap;
  }

  std::uint32_t released(const std::byte* bytes, const Span& span) const {
    if (npreleased_.size != 0) return static_cast<std::uint32_t>(load(bytes, npreleased_));
    return scavenged_.size != 0 && load(bytes, scavenged_) != 0 ? span.npages : 0;
  }

  FieldPlace start_, npages_, limit_, state_, elemsize_, nelems_, alloc_count_, spanclass_, specials_;
  FieldPlace npreleased_, scavenged_, user_arena_;
  const Runtime& runtime_;
  AddressRange last_mapping_;
  Findings& findings_;
};

std::vector<Run> runs_of(const Block& pointers, std::uint64_t size, std::uint32_t longest) {
  std::vector<Run> runs;
  runs.reserve(pointers.words() / 64 + 1);
  for (std::size_t i = 0; i < pointers.words(); ++i) {
    const Address at(pointers.word(i));
    if (!runs.empty() && runs.back().count < longest && at == runs.back().begin + runs.back().count * size) {
      ++runs.back().count;
      continue;
    }
    runs.push_back({at, static_cast<std::uint32_t>(i), 1});
  }
  return runs;
}

// Reads one batch of runs into one buffer, or finds them in place.
class BatchReader {
 public:
  BatchReader(const Runtime& runtime, Findings& findings)
      : runtime_(runtime), size_(runtime.size_of(Type::mspan)), parser_(runtime, findings), findings_(findings) {}

  void read(std::span<const Run> runs, SpansRead& out) {
    runtime_.cancellation().check();
    requests_.clear();
    where_.clear();
    std::size_t needed = 0;
    for (const Run& run : runs) {
      const auto range = AddressRange::of(run.begin, run.count * size_);
      const auto view = range ? runtime_.uncached().view(*range) : std::span<const std::byte>();
      const bool in_place = view.size() == run.count * size_;
      where_.push_back(in_place ? view.data() : nullptr);
      if (!in_place) needed += run.count * size_;
    }
    fetch(runs, needed);
    auto request = requests_.begin();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const bool whole = where_[i] != nullptr || request->whole;
      const std::byte* bytes = where_[i] != nullptr ? where_[i] : (request++)->out.data();
      if (whole)
        parse(runs[i], bytes, out);
      else
        read_singly(runs[i], out);
    }
  }

 private:
  void fetch(std::span<const Run> runs, std::size_t needed) {
    if (buffer_.size() < needed) buffer_.resize(needed);
    std::size_t used = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (where_[i] != nullptr) continue;
      const std::size_t bytes = runs[i].count * size_;
      requests_.push_back({runs[i].begin, std::span(buffer_).subspan(used, bytes)});
      used += bytes;
    }
    if (!requests_.empty()) runtime_.uncached().read_many(requests_);
  }

  void parse(const Run& run, const std::byte* bytes, SpansRead& out) {
    for (std::uint32_t k = 0; k < run.count; ++k)
      parser_.parse(bytes + k * size_, run.begin + k * size_, run.first + k, out);
  }

  // Where a run has a hole, what is readable of it still counts.
  void read_singly(const Run& run, SpansRead& out) {
    std::vector<std::byte> one(size_);
    for (std::uint32_t k = 0; k < run.count; ++k) {
      const Address at = run.begin + k * size_;
      if (runtime_.uncached().read(at, one) < size_)
        findings_.add(Severity::warning, {FaultCode::unreadable, "mspan", at});
      else
        parser_.parse(one.data(), at, run.first + k, out);
    }
  }

  const Runtime& runtime_;
  std::uint64_t size_;
  SpanParser parser_;
  Findings& findings_;
  std::vector<std::byte> buffer_;
  std::vector<ReadRequest> requests_;
  std::vector<const std::byte*> where_;
};

}  // namespace

SpansRead read_spans(const Runtime& runtime, const Block& pointers, Findings& findings) {
  constexpr std::size_t kBatch = 256;  // runs in one call, 4 MiB of mspans
  constexpr std::uint32_t kLongestRun = 128;
  const std::vector<Run> runs = runs_of(pointers, runtime.size_of(Type::mspan), kLongestRun);
  BatchReader reader(runtime, findings);
  SpansRead out;
  reserve_large(out.spans, pointers.words());
  for (std::size_t begin = 0; begin < runs.size(); begin += kBatch)
    reader.read(std::span(runs).subspan(begin, std::min(kBatch, runs.size() - begin)), out);
  return out;
}

}  // namespace memmap::go
