// The head of a list that cannot be read is no empty list.
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

struct Head {
  int minor;
  const char* walker;
  Global global;
  const char* what;
};

struct FieldHead {
  int minor;
  const char* walker;
  Global global;
  Field field;
  const char* what;
};

FakeRuntime ready(int minor) {
  FakeRuntime fake(minor);
  add_arena(fake);
  add_processors(fake, 1);
  add_spans(fake, {});
  return fake;
}

}  // namespace

TEST_CASE("list heads: globals") {
  const Head head = GENERATE(
      Head{27, "gc_metadata", Global::allfin, "list of finalizer blocks"},
      Head{27, "gc_metadata", Global::gc_bits_arenas, "list of gcBits arenas"},
      Head{27, "gc_metadata", Global::gc_cleanups, "list of cleanup blocks"},
      Head{27, "gc_metadata", Global::work, "list of span queues"},
      Head{27, "span_sets", Global::span_set_block_pool, "spanSetBlockPool"}, Head{27, "stacks", Global::allm, "allm"},
      Head{27, "stacks", Global::sched, "sched.freem"}, Head{27, "stacks", Global::stackpool, "stackpool"},
      Head{27, "profile", Global::mbuckets, "list of profile buckets"},
      Head{27, "profile", Global::bbuckets, "list of profile buckets"},
      Head{27, "profile", Global::xbuckets, "list of profile buckets"},
      Head{27, "profile", Global::buckhash, "buckhash"}, Head{27, "trace", Global::trace, "list of trace buffers"},
      Head{27, "trace", Global::trace, "list of trace arenas"},
      Head{21, "trace", Global::trace, "list of trace arenas"}, Head{27, "trace", Global::allm, "allm"},
      Head{27, "trace", Global::sched, "sched.freem"}, Head{27, "uncounted", Global::allm, "allm"},
      Head{27, "uncounted", Global::all_dloggers, "allDloggers"}, Head{27, "uncounted", Global::tmpbuf, "tmpbuf"},
      Head{27, "fixalloc", Global::mcache0, "mcache0"}, Head{27, "persistent", Global::global_alloc, "globalAlloc"});
  CAPTURE(head.walker, head.what);
  FakeRuntime fake = ready(head.minor);
  fake.put(fake.at(fake.at(Global::mheap, Field::mheap_cachealloc), Field::fixalloc_size), 0x1000);
  fake.walk(head.walker);
  CHECK(fake.found(head.what) == 0);
  fake.image().hole(range(fake.at(head.global), 8192));
  fake.walk(head.walker);
  CHECK(fake.found(std::string(head.what) + " unreadable") >= 1);
  CHECK(fake.findings.partial());
}

TEST_CASE("list heads: in structs") {
  const FieldHead head =
      GENERATE(FieldHead{27, "gc_metadata", Global::mheap, Field::mheap_immortal_weak, "mheap_.immortalWeakHandles"},
               FieldHead{27, "spans", Global::mheap, Field::mheap_quarantine_list, "mheap_.userArena.quarantineList"},
               FieldHead{14, "span_sets", Global::mheap, Field::mheap_sweep_spans, "gcSweepBuf"},
               FieldHead{14, "free_pages", Global::mheap, Field::mheap_cur_arena_base, "mheap_.curArena"});
  CAPTURE(head.walker, head.what);
  FakeRuntime fake = ready(head.minor);
  fake.walk(head.walker);
  CHECK(fake.found(head.what) == 0);
  fake.image().hole(range(fake.at(head.global, head.field), 8));
  fake.walk(head.walker);
  CHECK(fake.found(std::string(head.what) + " unreadable") == 1);
}

TEST_CASE("list heads: checkmarks that are not mapped") {
  FakeRuntime fake = ready(27);
  fake.slice(fake.at(Global::mheap, Field::mheap_heap_arenas), kScratch, 1, 1);
  fake.put(kScratch, kArenaIndex);
  // 1 MiB from here on is not all mapped.
  fake.put(kHeapArena, Field::heap_arena_checkmarks, GENERATE(kScratch + 4096, kNowhere));
  fake.walk("arenas");
  CHECK(fake.found("heapArena.checkmarks implausible") == 1);
  CHECK(fake.model.pieces[PieceId::checkmarks].empty());
  CHECK(fake.model.arenas.size() == 1);
}
