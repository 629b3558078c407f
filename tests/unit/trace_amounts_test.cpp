// What events do to counters and kinds of memory, and what is left of it.
#include <catch2/catch.hpp>

#include "trace/amounts.h"
#include "trace/births.h"
#include "trace/sums.h"

using namespace memmap;
using namespace memmap::trace;

namespace {

Event event_of(Operation operation, std::uint64_t address, std::uint64_t size) {
  Event event;
  event.operation = operation;
  event.address = Address(address);
  event.size = size;
  return event;
}

}  // namespace

TEST_CASE("a piece of persistentalloc comes out of its chunk, and out of other_sys") {
  Event piece = event_of(Operation::persistentalloc, 0x7f0000000100, 16 << 10);
  piece.charge = charge_of(Counter::mspan_sys);
  piece.kind = Kind::mspan_pool;
  const auto [gains, loses] = changes_of(piece);
  CHECK(gains.charge == charge_of(Counter::mspan_sys));
  CHECK(gains.kind == Kind::mspan_pool);
  CHECK(gains.bytes == 16 << 10);
  CHECK(loses.charge == charge_of(Counter::other_sys));
  CHECK(loses.kind == Kind::persistent_chunk);
  CHECK(loses.bytes == -(16 << 10));

  piece.size = 64 << 10;  // sysAlloc does it all
  CHECK(changes_of(piece)[0].bytes == 0);
  Event failed = event_of(Operation::sysAlloc, 0, 4096);
  failed.address = kNoAddress;
  CHECK(changes_of(failed)[0].bytes == 0);
}

TEST_CASE("what is live of a chunk is what no piece has, and memory given back is nobody's") {
  Log log;
  Event chunk = event_of(Operation::sysAlloc, 0x7f0000000000, 256 << 10);
  chunk.kind = Kind::persistent_chunk;
  chunk.charge = charge_of(Counter::other_sys);
  log.add(chunk);
  Event piece = event_of(Operation::persistentalloc, 0x7f0000000100, 1000);
  piece.kind = Kind::profile_bucket;
  piece.charge = charge_of(Counter::buckhash_sys);
  log.add(piece);
  Event table = event_of(Operation::sysAlloc, 0x7f1000000000, 5000);  // not whole pages
  table.kind = Kind::profile_table;
  table.charge = charge_of(Counter::buckhash_sys);
  log.add(table);
  Event gone = event_of(Operation::sysAlloc, 0x7f2000000000, 4096);
  gone.charge = charge_of(Counter::gc_misc_sys);
  log.add(gone);
  gone.operation = Operation::sysFree;
  log.add(gone);

  const std::vector<std::uint64_t> live = Births(log).live(log);
  CHECK(live == std::vector<std::uint64_t>{0, (256 << 10) - 1000, 1000, 5000, 0, 0});
  for (const SumBy by : {SumBy::counter, SumBy::kind})
    for (const Sum& sum : sums(log, Operations().set(), by)) {
      INFO(sum.label);
      CHECK(sum.taken - sum.given_back == sum.live);
    }
}

TEST_CASE("a chunk inside the piece that it was made for counts with what no piece has") {
  Log log;
  Event piece = event_of(Operation::persistentalloc, 0x7f0000000100, 1000);
  const Sequence outer = log.add(piece);
  Event chunk = event_of(Operation::sysAlloc, 0x7f0000000000, 256 << 10);
  chunk.parent = outer;
  const Sequence made = log.add(chunk);
  Event call = event_of(Operation::mmap, 0x7f0000000000, 256 << 10);
  call.parent = made;
  call.protection = 3;
  const Sequence under = log.add(call);

  const Amounts amounts(log, Operations().set());
  CHECK(amounts.counts(outer));
  CHECK(amounts.counted(outer) == 1000);
  CHECK(amounts.counts(made));
  CHECK(amounts.counted(made) == (256 << 10) - 1000);
  CHECK_FALSE(amounts.counts(under));
  std::uint64_t taken = 0;
  for (const Sum& sum : sums(log, Operations().set(), SumBy::site)) taken += sum.taken;
  CHECK(taken == 256 << 10);
}
