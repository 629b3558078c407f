// fixalloc pools that are charged elsewhere than other_sys: mspans, mcaches, specials of weak
// pointers, heads of span queues. fixalloc keeps no list of its chunks; the objects name them.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "go/walk/checked_read.h"
#include "go/walk/walk.h"

namespace memmap::go {
namespace {

constexpr std::uint64_t kFixAllocChunk = 16 << 10;  // _FixAllocChunk

struct Pool {
  std::uint64_t object = 0;       // bytes
  std::uint64_t per_chunk = 0;    // objects
  std::uint64_t chunk_bytes = 0;  // charged at a refill
};

Pool pool_of(const Runtime& runtime, std::uint64_t object) {
  Pool pool;
  pool.object = object;
  if (object == 0) return pool;
  pool.per_chunk = kFixAllocChunk / object;
  pool.chunk_bytes = runtime.traits().whole_object_chunks ? pool.per_chunk * object : kFixAllocChunk;
  return pool;
}

Address fixalloc(const Runtime& runtime, Field field) { return runtime.at(runtime.global(Global::mheap), field); }

// Of 0 objects before the runtime has initialized it. Nothing where its size cannot be right.
std::optional<Pool> pool_at(const Runtime& runtime, Field field, Findings& findings) {
  const FieldPlace size = runtime.place(Field::fixalloc_size);
  const Address at = fixalloc(runtime, field) + size.offset;
  const auto object = checked_word(runtime, at, "fixalloc.size", findings, size.size);
  if (object && *object <= kFixAllocChunk) return pool_of(runtime, *object);
  if (object) findings.add(Severity::warning, {FaultCode::implausible, "fixalloc.size", at});
  return std::nullopt;
}

struct FreeList {
  std::vector<Address> objects;
  bool whole = false;  // it was read to its end
};

FreeList free_objects(const Runtime& runtime, Field field, Findings& findings) {
  FreeList free;
  const auto list =
      checked_word(runtime, runtime.at(fixalloc(runtime, field), Field::fixalloc_list), "fixalloc free list", findings);
  free.whole = list && walk_list(runtime, Address(*list), 0, "fixalloc free list", findings,
                                 [&](Address at) { free.objects.push_back(at); });
  return free;
}

// allspans is in creation order and fixalloc carves upwards, so every per_chunk-th mspan starts
// a chunk. The first one out of step would put every later chunk in the wrong place: it is
// checked, and the chunk is then taken from the mspan itself.
void read_mspan_pools(const Runtime& runtime, Model& model, Findings& findings) {
  const std::optional<Pool> known = pool_at(runtime, Field::mheap_spanalloc, findings);
  if (known && known->per_chunk == 0) model.recount.mspan_inuse = 0;
  if (!known || known->per_chunk == 0 || model.pieces.only(PieceId::allspans).empty()) return;
  const Pool pool = *known;
  const Result<Slice> allspans = runtime.slice(runtime.global(Global::mheap), Field::mheap_allspans);
  if (!allspans) return;
  const Result<Block> pointers =
      Block::read(runtime.uncached(), {allspans->array, allspans->array + allspans->len * 8}, "mheap_.allspans");
  if (!pointers) return;
  for (std::size_t i = 0; i < pointers->words(); i += pool.per_chunk) {
    const Address begin(pointers->word(i));
    const std::size_t last = std::min(i + pool.per_chunk, pointers->words()) - 1;
    if (Address(pointers->word(last)) != begin + (last - i) * pool.object)
      findings.add(Severity::warning, {FaultCode::implausible, "fixalloc chunk of mspans", begin});
    const auto range = AddressRange::of(begin, pool.chunk_bytes);
    if (range) model.pieces.add(PieceId::mspan_pool, *range, static_cast<std::uint32_t>(i / pool.per_chunk));
  }
  const FreeList free = free_objects(runtime, Field::mheap_spanalloc, findings);
  if (free.objects.size() > pointers->words())
    findings.add(Severity::warning, {FaultCode::implausible, "fixalloc free list", free.objects.front()});
  else if (free.whole)
    model.recount.mspan_inuse = (pointers->words() - free.objects.size()) * pool.object;
}

// Objects of one pool, in use or free, in address order: the lowest starts a chunk, the next one
// at or past its end starts another.
void chunks_from_objects(const Pool& pool, const std::set<Address>& objects, std::vector<Piece>& pieces,
                         Findings& findings) {
  Address end;
  for (const Address at : objects) {
    if (at < end) continue;
    const auto chunk = AddressRange::of(at, pool.chunk_bytes);
    if (!chunk) {
      findings.add(Severity::warning, {FaultCode::implausible, "fixalloc chunk", at});
      return;
    }
    end = chunk->end;
    pieces.push_back({*chunk, static_cast<std::uint32_t>(pieces.size())});
  }
}

void read_mcache_pools(const Runtime& runtime, Model& model, Findings& findings) {
  const std::optional<Pool> pool = pool_at(runtime, Field::mheap_cachealloc, findings);
  if (!pool) return;
  std::set<Address> objects;
  const Processors& processors = model.processors;
  for (const Processor& p : processors.all)
    if (!p.mcache.is_null()) objects.insert(p.mcache);
  const Address boot = runtime.global(Global::mcache0);  // 1.15
  const auto mcache0 = boot.is_null() ? 0 : checked_word(runtime, boot, "mcache0", findings);
  if (mcache0.value_or(0) != 0) objects.insert(Address(*mcache0));
  if (processors.complete && mcache0) model.recount.mcache_inuse = objects.size() * pool->object;
  if (pool->per_chunk == 0) return;
  for (const Address at : free_objects(runtime, Field::mheap_cachealloc, findings).objects) objects.insert(at);
  chunks_from_objects(*pool, objects, model.pieces[PieceId::mcache_pool], findings);
}

// Specials of weak pointers (1.23) hang on their spans' lists, between specials of other pools;
// the kind byte tells them apart. A special is in one list only: lists that damage has joined are
// walked once.
void read_weak_special_pools(const Runtime& runtime, const Model& model, std::vector<Piece>& pieces,
                             Findings& findings) {
  if (!runtime.has(Group::weak_specials)) return;
  const std::optional<Pool> pool = pool_at(runtime, Field::mheap_weak_alloc, findings);
  const Address chunk = runtime.at(fixalloc(runtime, Field::mheap_weak_alloc), Field::fixalloc_chunk);
  if (!pool || pool->per_chunk == 0 || list_head(runtime, chunk, "fixalloc.chunk", findings).is_null()) return;
  std::set<Address> objects;
  std::unordered_set<std::uint64_t> seen;
  for (const Address head : model.special_lists)
    walk_list(runtime, head, runtime.place(Field::special_next).offset, "special", findings, [&](Address at) {
      if (!seen.insert(at.value()).second) {
        findings.add(Severity::warning, {FaultCode::implausible, "special listed twice", at});
        return false;
      }
      const auto kind = checked_word(runtime, runtime.at(at, Field::special_kind), "special", findings, 1);
      if (kind && *kind == runtime.traits().weak_handle_kind) objects.insert(at);
      return true;
    });
  for (const Address at : free_objects(runtime, Field::mheap_weak_alloc, findings).objects) objects.insert(at);
  chunks_from_objects(*pool, objects, pieces, findings);
}

void read_spmc_pools(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Group::span_queues)) return;
  const std::optional<Pool> pool = pool_at(runtime, Field::mheap_spmc_alloc, findings);
  if (!pool || pool->per_chunk == 0) return;
  std::set<Address> objects;
  const Address first = list_head(runtime, runtime.at(runtime.global(Global::work), Field::work_span_queues),
                                  "list of span queues", findings);
  walk_list(runtime, first, runtime.place(Field::spmc_allnode_next).offset, "spanSPMC", findings,
            [&](Address at) { objects.insert(at); });
  for (const Address at : free_objects(runtime, Field::mheap_spmc_alloc, findings).objects) objects.insert(at);
  chunks_from_objects(*pool, objects, model.pieces[PieceId::spmc_pool], findings);
}

}  // namespace

void walk_fixalloc(const Runtime& runtime, Model& model, Findings& findings) {
  read_mspan_pools(runtime, model, findings);
  read_mcache_pools(runtime, model, findings);
  read_weak_special_pools(runtime, model, model.pieces[PieceId::weak_special_pool], findings);
  read_spmc_pools(runtime, model, findings);
}

}  // namespace memmap::go
