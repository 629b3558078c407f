// fixalloc pools that are charged elsewhere than other_sys: mspans, mcaches, specials of weak
// pointers, heads of span queues. fixalloc keeps no list of its chunks; the objects name them.
#include <algorithm>
#include <set>

#include "go/processors.h"
#include "go/walk.h"

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
  if (object == 0 || object > kFixAllocChunk) return pool;
  pool.per_chunk = kFixAllocChunk / object;
  pool.chunk_bytes = runtime.traits().whole_object_chunks ? pool.per_chunk * object : kFixAllocChunk;
  return pool;
}

Address fixalloc(const Runtime& runtime, Field field) {
  return runtime.at(runtime.global(Global::mheap), field);
}

Pool pool_at(const Runtime& runtime, Field field) {
  const FieldPlace size = runtime.place(Field::fixalloc_size);
  return pool_of(runtime, read_word(runtime.memory(), fixalloc(runtime, field) + size.offset, size.size).value_or(0));
}

std::vector<Address> free_objects(const Runtime& runtime, Field field, Findings& findings) {
  std::vector<Address> free;
  const Result<std::uint64_t> list =
      read_word(runtime.memory(), runtime.at(fixalloc(runtime, field), Field::fixalloc_list));
  if (list) walk_list(runtime, Address(*list), 0, "fixalloc free list", findings, [&](Address at) { free.push_back(at); });
  return free;
}

// allspans is in creation order and fixalloc carves upwards, so every per_chunk-th mspan starts
// a chunk. The first one out of step would put every later chunk in the wrong place: it is
// checked, and the chunk is then taken from the mspan itself.
void read_mspan_pools(const Runtime& runtime, Model& model, Findings& findings) {
  const Pool pool = pool_at(runtime, Field::mheap_spanalloc);
  if (pool.per_chunk == 0 || model.mappings.allspans.empty()) return;
  const Result<Slice> allspans = runtime.slice(runtime.global(Global::mheap), Field::mheap_allspans);
  if (!allspans) return;
  const Result<Block> pointers = Block::read(
      runtime.uncached(), {allspans->array, allspans->array + allspans->len * 8}, "mheap_.allspans");
  if (!pointers) return;
  for (std::size_t i = 0; i < pointers->words(); i += pool.per_chunk) {
    const Address begin(pointers->word(i));
    const std::size_t last = std::min(i + pool.per_chunk, pointers->words()) - 1;
    if (Address(pointers->word(last)) != begin + (last - i) * pool.object)
      findings.add(Severity::warning, {FaultCode::implausible, "fixalloc chunk of mspans", begin});
    const auto range = AddressRange::of(begin, pool.chunk_bytes);
    if (range) model.pieces.mspan_pools.push_back({*range, static_cast<std::uint32_t>(i / pool.per_chunk)});
  }
  const std::uint64_t free = free_objects(runtime, Field::mheap_spanalloc, findings).size();
  model.recount.mspan_inuse = (pointers->words() - free) * pool.object;
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
  const Pool pool = pool_at(runtime, Field::mheap_cachealloc);
  if (pool.per_chunk == 0) return;
  std::set<Address> objects;
  for (const Processor& p : read_processors(runtime, findings))
    if (!p.mcache.is_null()) objects.insert(p.mcache);
  const Result<std::uint64_t> boot = runtime.word(Global::mcache0);
  if (boot && *boot != 0) objects.insert(Address(*boot));
  model.recount.mcache_inuse = objects.size() * pool.object;
  for (const Address at : free_objects(runtime, Field::mheap_cachealloc, findings)) objects.insert(at);
  chunks_from_objects(pool, objects, model.pieces.mcache_pools, findings);
}

// Specials of weak pointers (1.23) hang on their spans' lists, between specials of other pools;
// the kind byte tells them apart.
void read_weak_special_pools(const Runtime& runtime, const Model& model, std::vector<Piece>& pieces,
                             Findings& findings) {
  if (!runtime.has(Field::mheap_weak_alloc)) return;
  const Pool pool = pool_at(runtime, Field::mheap_weak_alloc);
  const Address chunk = runtime.at(fixalloc(runtime, Field::mheap_weak_alloc), Field::fixalloc_chunk);
  if (pool.per_chunk == 0 || read_word(runtime.memory(), chunk).value_or(0) == 0) return;
  std::set<Address> objects;
  for (const Address head : model.special_lists)
    walk_list(runtime, head, runtime.place(Field::special_next).offset, "special", findings, [&](Address at) {
      const Result<std::uint64_t> kind = read_word(runtime.memory(), runtime.at(at, Field::special_kind), 1);
      if (kind && *kind == runtime.traits().weak_handle_kind) objects.insert(at);
    });
  for (const Address at : free_objects(runtime, Field::mheap_weak_alloc, findings)) objects.insert(at);
  chunks_from_objects(pool, objects, pieces, findings);
}

void read_spmc_pools(const Runtime& runtime, Model& model, Findings& findings) {
  if (!runtime.has(Field::mheap_spmc_alloc) || !runtime.has(Field::work_span_queues)) return;
  const Pool pool = pool_at(runtime, Field::mheap_spmc_alloc);
  if (pool.per_chunk == 0) return;
  std::set<Address> objects;
  const Result<std::uint64_t> first =
      read_word(runtime.memory(), runtime.at(runtime.global(Global::work), Field::work_span_queues));
  if (first)
    walk_list(runtime, Address(*first), runtime.place(Field::spmc_allnode_next).offset, "spanSPMC", findings,
              [&](Address at) { objects.insert(at); });
  for (const Address at : free_objects(runtime, Field::mheap_spmc_alloc, findings)) objects.insert(at);
  chunks_from_objects(pool, objects, model.pieces.spmc_pools, findings);
}

}  // namespace

void walk_fixalloc(const Runtime& runtime, Model& model, Findings& findings) {
  read_mspan_pools(runtime, model, findings);
  read_mcache_pools(runtime, model, findings);
  read_weak_special_pools(runtime, model, model.pieces.weak_special_pools, findings);
  read_spmc_pools(runtime, model, findings);
}

}  // namespace memmap::go
