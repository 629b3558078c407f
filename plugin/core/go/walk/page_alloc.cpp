// pageAlloc (1.14): which runtime pages are free and which released; summaries and their mapped
// parts; the scavenger's index.
#include <algorithm>
#include <array>

#include "go/arena_index.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kChunksL2 = 1u << 13;                     // pallocChunksL2Bits, 64-bit
constexpr std::uint64_t kChunkPages = 512;                        // pallocChunkPages
constexpr std::array<unsigned, 5> kLevelBits = {14, 3, 3, 3, 3};  // mpagealloc_64bit.go
constexpr std::array<unsigned, 5> kLevelShift = {34, 31, 28, 25, 22};
constexpr unsigned kHeapAddressBits = 48;  // heapAddrBits
constexpr std::uint64_t kSummarySize = 8;

Address page_alloc(const Runtime& runtime) { return runtime.at(runtime.global(Global::mheap), Field::mheap_pages); }

void read_in_use(const Runtime& runtime, Model& model, Findings& findings) {
  const Result<Slice> slice = runtime.slice(page_alloc(runtime), Field::page_alloc_in_use);
  const std::uint64_t size = runtime.size_of(Type::addr_range);
  if (slice && slice->len == 0) return;
  if (!slice || !runtime.list(slice->array, slice->len, size)) {
    findings.add(Severity::warning, {FaultCode::implausible, "mheap_.pages.inUse", page_alloc(runtime)});
    return;
  }
  for (std::uint64_t i = 0; i < slice->len; ++i) {
    const Result<Record> item = runtime.record(slice->array + i * size, Type::addr_range, "addrRange");
    if (!item) {
      findings.add(Severity::warning, item.error());
      return;
    }
    const AddressRange range{item->pointer(Field::addr_range_base), item->pointer(Field::addr_range_limit)};
    if (range.empty() || range.begin.value() % kPallocChunkBytes != 0 || range.size() % kPallocChunkBytes != 0 ||
        !runtime.mapped(range)) {
      findings.add(Severity::warning, {FaultCode::implausible, "mheap_.pages.inUse range", range.begin});
      continue;
    }
    // addrRanges.add (1.14) keeps them sorted and apart: no page is to be counted twice.
    if (!model.heap_mapped.empty() && range.begin < model.heap_mapped.back().end) {
      findings.add(Severity::warning, {FaultCode::implausible, "order of mheap_.pages.inUse", range.begin});
      continue;
    }
    model.heap_mapped.push_back(range);
  }
}

// pageAlloc.sysInit and sysGrow, mpagealloc_64bit.go: each level is reserved whole; what covers
// the ranges in use, rounded to whole parents and physical pages, is mapped.
void read_summaries(const Runtime& runtime, Model& model, Findings& findings) {
  const FieldPlace place = runtime.place(Field::page_alloc_summary);
  for (std::uint32_t level = 0; level < kLevelShift.size(); ++level) {
    const Address header = page_alloc(runtime) + place.offset + level * std::uint64_t{24};
    const Result<Slice> slice = read_slice(runtime.memory(), header);
    if (slice && slice->cap == 0 && !model.runtime.has_heap) continue;
    // Each level has an entry for every piece of the address space that a heap could use.
    const std::uint64_t all_entries = std::uint64_t{1} << (kHeapAddressBits - kLevelShift[level]);
    const auto reserve =
        slice && slice->cap == all_entries ? AddressRange::of(slice->array, all_entries * kSummarySize) : std::nullopt;
    if (!reserve || !runtime.mapped(*reserve)) {
      findings.add(Severity::warning, {FaultCode::implausible, "mheap_.pages.summary", header});
      continue;
    }
    model.pieces.add(PieceId::page_summary, *reserve, level);
    const std::uint64_t page = runtime.physical_page();
    const std::uint64_t entries = std::uint64_t{1} << kLevelBits[level];
    std::vector<AddressRange> mapped;
    for (const AddressRange& range : model.heap_mapped) {
      const std::uint64_t lo = (range.begin.value() - kArenaBaseOffset) >> kLevelShift[level];
      const std::uint64_t hi = ((range.end.value() - 1 - kArenaBaseOffset) >> kLevelShift[level]) + 1;
      const Address begin = reserve->begin + round_down(round_down(lo, entries) * kSummarySize, page);
      const Address end = reserve->begin + round_up(round_up(hi, entries) * kSummarySize, page);
      if (!mapped.empty() && begin <= mapped.back().end)
        mapped.back().end = std::max(mapped.back().end, end);
      else
        mapped.push_back({begin, end});
    }
    for (const AddressRange& range : mapped) model.pieces.add(PieceId::page_alloc, range.intersect(*reserve), level);
  }
}

// scavengeIndex, 1.19: [min, max) elements of chunks are mapped, gaps included. 1.19 and 1.20
// keep one byte for 8 chunks, 1.21 and newer 8 bytes for each chunk (scavChunkData).
void read_scavenge_index(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::scavenge_index)) return;
  const Address base = page_alloc(runtime);
  const std::uint64_t element = std::max<std::uint64_t>(1, runtime.size_of(Type::scav_chunk_data));
  const Result<Slice> slice = runtime.slice(base, Field::page_alloc_scav_chunks);
  if (slice && slice->cap == 0 && !model.runtime.has_heap) return;
  constexpr std::uint64_t kChunks = (std::uint64_t{1} << kHeapAddressBits) / kPallocChunkBytes;
  const auto reserve =
      slice && slice->cap <= kChunks ? AddressRange::of(slice->array, slice->cap * element) : std::nullopt;
  const FieldPlace min_place = runtime.place(Field::page_alloc_scav_min);
  const FieldPlace max_place = runtime.place(Field::page_alloc_scav_max);
  const Result<std::uint64_t> min = read_word(runtime.memory(), base + min_place.offset, min_place.size);
  const Result<std::uint64_t> max = read_word(runtime.memory(), base + max_place.offset, max_place.size);
  if (!reserve || !min || !max || reserve->empty() || *min > *max || *max > slice->cap || !runtime.mapped(*reserve)) {
    findings.add(Severity::warning, {FaultCode::implausible, "mheap_.pages.scav.index", base});
    return;
  }
  model.pieces.add(PieceId::scavenge_index_reserve, *reserve);
  const std::uint64_t page = runtime.physical_page();
  const AddressRange pages = {Address(round_down((reserve->begin + *min * element).value(), page)),
                              Address(round_up((reserve->begin + *max * element).value(), page))};
  model.pieces.add(PieceId::scavenge_index, pages.intersect(*reserve));
}

void read_chunk_bitmaps(const Runtime& runtime, Model& model, Findings& findings) {
  const Address chunks = runtime.at(page_alloc(runtime), Field::page_alloc_chunks);
  const std::uint64_t bytes = kChunksL2 * runtime.size_of(Type::palloc_data);
  const Result<Block> blocks = Block::read(runtime.memory(), {chunks, chunks + kChunksL2 * 8}, "mheap_.pages.chunks");
  if (!blocks) {
    findings.add(Severity::warning, blocks.error());
    return;
  }
  for (std::size_t i = 0; i < blocks->words(); ++i) {
    if (blocks->word(i) == 0) continue;
    const auto range = AddressRange::of(Address(blocks->word(i)), bytes);
    if (!range || !runtime.mapped(*range))
      findings.add(Severity::warning, {FaultCode::implausible, "mheap_.pages.chunks", chunks + i * 8});
    else
      model.pieces.add(PieceId::page_alloc_index, *range, static_cast<std::uint32_t>(i));
  }
}

class FreeRuns {
 public:
  explicit FreeRuns(std::vector<FreeRun>& runs) : runs_(runs) {}
  void add(Address page, FreeRun::State state, FreeRun::Origin origin, std::uint32_t index) {
    if (!runs_.empty()) {
      FreeRun& last = runs_.back();
      if (last.range.end == page && last.state == state && last.origin == origin && last.index == index) {
        last.range.end = page + kRuntimePage;
        return;
      }
    }
    runs_.push_back({{page, page + kRuntimePage}, index, state, origin});
  }

 private:
  std::vector<FreeRun>& runs_;
};

// One chunk's 512 pages from `base` on: 64 bytes of pallocBits (1 = allocated) and 64 of the
// scavenged bits (1 = released).
void read_chunk_pages(Address base, const std::byte* bits, const std::byte* scavenged, FreeRuns& runs) {
  for (std::uint64_t word = 0; word < kChunkPages / 64; ++word) {
    std::uint64_t allocated = 0;
    std::uint64_t released = 0;
    std::memcpy(&allocated, bits + word * 8, 8);
    std::memcpy(&released, scavenged + word * 8, 8);
    // Allocated pages have no scavenged bit but in the padding before a randomized heap (1.26).
    std::uint64_t wanted = ~allocated | released;
    while (wanted != 0) {
      const unsigned bit = static_cast<unsigned>(__builtin_ctzll(wanted));
      const std::uint64_t mask = std::uint64_t{1} << bit;
      wanted &= ~mask;
      const FreeRun::State state = (allocated & mask) != 0  ? FreeRun::State::padding
                                   : (released & mask) != 0 ? FreeRun::State::released
                                                            : FreeRun::State::free;
      runs.add(base + (word * 64 + bit) * kRuntimePage, state, FreeRun::Origin::page_bits, 0);
    }
  }
}

void read_page_bits(const Runtime& runtime, Model& model, Findings& findings) {
  const FieldPlace bits = runtime.place(Field::palloc_data_bits);
  const FieldPlace scavenged = runtime.place(Field::palloc_data_scavenged);
  const std::uint64_t size = runtime.size_of(Type::palloc_data);
  const std::vector<Piece>& bitmaps = model.pieces[PieceId::page_alloc_index];
  FreeRuns runs(model.free_runs);
  for (const AddressRange& range : model.heap_mapped) {
    for (Address at = range.begin; at < range.end;) {
      const std::uint64_t first = chunk_index(at);
      const auto block = std::find_if(bitmaps.begin(), bitmaps.end(),
                                      [first](const Piece& piece) { return piece.index == first / kChunksL2; });
      const std::uint64_t count =
          std::min(kChunksL2 - first % kChunksL2, (range.end - at + kPallocChunkBytes - 1) / kPallocChunkBytes);
      if (block == bitmaps.end()) {
        findings.add(Severity::warning, {FaultCode::not_found, "page bitmap of a heap range", at});
      } else {
        const Address from = block->range.begin + first % kChunksL2 * size;
        const Result<Block> data = Block::read(runtime.uncached(), {from, from + count * size}, "pallocData");
        if (!data) findings.add(Severity::warning, data.error());
        for (std::uint64_t i = 0; data && i < count; ++i)
          read_chunk_pages(chunk_base(first + i), data->bytes().data() + i * size + bits.offset,
                           data->bytes().data() + i * size + scavenged.offset, runs);
      }
      at = at + count * kPallocChunkBytes;
    }
  }
}

// Pages a P took from the bitmaps in one go: p.pcache. Bits of scav may cover pages that the
// cache does not own (padding), so cache & scav.
void read_page_caches(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::page_caches)) return;
  FreeRuns runs(model.free_runs);
  for (const Processor& p : model.processors.all) {
    if (!p.listed) continue;
    const Address at = runtime.at(p.address, Field::p_pcache);
    const Result<std::uint64_t> base = read_word(runtime.memory(), runtime.at(at, Field::page_cache_base));
    const Result<std::uint64_t> cache = read_word(runtime.memory(), runtime.at(at, Field::page_cache_cache));
    const Result<std::uint64_t> scav = read_word(runtime.memory(), runtime.at(at, Field::page_cache_scav));
    if (!base || !cache || !scav) {
      findings.add(Severity::warning, {FaultCode::unreadable, "p.pcache", at});
      continue;
    }
    if (*cache == 0) continue;
    const auto covered = AddressRange::of(Address(*base), 64 * kRuntimePage);
    if (*base % (64 * kRuntimePage) != 0 || !covered || !runtime.mapped(*covered)) {
      findings.add(Severity::warning, {FaultCode::implausible, "p.pcache", at});
      continue;
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
      const std::uint64_t mask = std::uint64_t{1} << bit;
      if ((*cache & mask) == 0) continue;
      runs.add(Address(*base) + bit * kRuntimePage,
               (*scav & mask) != 0 ? FreeRun::State::released : FreeRun::State::free, FreeRun::Origin::page_cache,
               p.id);
    }
  }
}

}  // namespace

void walk_page_alloc(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.traits().page_bitmaps) return;
  read_in_use(runtime, model, findings);
  read_summaries(runtime, model, findings);
  read_scavenge_index(runtime, model, findings);
  read_chunk_bitmaps(runtime, model, findings);
  read_page_bits(runtime, model, findings);
  read_page_caches(runtime, model, findings);
}

}  // namespace memmap::go
