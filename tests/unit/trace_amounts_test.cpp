// What events do to counters and kinds of memory, and what is left of it.
#include "support/catch.h"

#include <sys/mman.h>

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

  const Amounts amounts(log, Operations().set());
  std::vector<std::uint64_t> live;
  for (Sequence sequence = 1; sequence <= log.size(); ++sequence) live.push_back(amounts.live(sequence));
  CHECK(live == std::vector<std::uint64_t>{(256 << 10) - 1000, 1000, 5000, 0, 0});
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
  CHECK(amounts.counted(outer).taken == 1000);
  CHECK(amounts.counts(made));
  CHECK(amounts.counted(made).taken == (256 << 10) - 1000);
  CHECK_FALSE(amounts.counts(under));
  std::uint64_t taken = 0;
  for (const Sum& sum : sums(log, Operations().set(), SumBy::site)) taken += sum.taken;
  CHECK(taken == 256 << 10);
}

namespace {

Event mapped(std::uint64_t address, std::uint64_t size, int protection) {
  Event event = event_of(Operation::mmap, address, size);
  event.protection = static_cast<std::uint32_t>(protection);
  return event;
}

Event protect(std::uint64_t address, std::uint64_t size, int protection) {
  Event event = mapped(address, size, protection);
  event.operation = Operation::mprotect;
  return event;
}

Event brk(std::uint64_t address) { return event_of(Operation::brk, address, kNoSize); }

constexpr int kOpen = PROT_READ | PROT_WRITE;
constexpr std::uint64_t kPage = 4096;

// Of all kinds together, and that they are what is live.
Sum all_of(const Log& log) {
  Sum all;
  for (const Sum& sum : sums(log, Operations().set(), SumBy::kind)) {
    INFO(sum.label);
    CHECK(sum.taken - sum.given_back == sum.live);
    all.taken += sum.taken;
    all.given_back += sum.given_back;
    all.reserved += sum.reserved;
  }
  for (const SumBy by : {SumBy::operation, SumBy::time, SumBy::site}) {
    std::uint64_t left = 0;
    for (const Sum& sum : sums(log, Operations().set(), by)) left += sum.taken - sum.given_back;
    CHECK(left == all.taken - all.given_back);
  }
  return all;
}

}  // namespace

TEST_CASE("unmapping what was only reserved gives nothing back") {
  Log log;
  log.add(mapped(0x7f0000000000, 128 * kPage, PROT_NONE));
  log.add(event_of(Operation::munmap, 0x7f0000000000, 32 * kPage));
  log.add(protect(0x7f0000020000, 8 * kPage, kOpen));  // malloc takes the first of its arena
  log.add(protect(0x7f0000020000, 9 * kPage, kOpen));  // and one page more
  log.add(event_of(Operation::munmap, 0x7f0000028000, 10 * kPage));
  const Sum all = all_of(log);
  CHECK(all.reserved == 128 * kPage);
  CHECK(all.taken == 9 * kPage);
  CHECK(all.given_back == 1 * kPage);
}

TEST_CASE("what replaces memory gives it back, and to whose kind it belonged") {
  Log log;
  Event library = mapped(0x7f0000000000, 10 * kPage, PROT_READ);
  library.kind = Kind::loader_data;
  log.add(library);
  Event text = mapped(0x7f0000002000, 4 * kPage, PROT_READ | PROT_EXEC);
  text.kind = Kind::text;
  log.add(text);
  log.add(mapped(0x7f0000008000, 1 * kPage, PROT_NONE));
  log.add(protect(0x7f0000009000, 1 * kPage, PROT_NONE));
  log.add(event_of(Operation::munmap, 0x7f0000008000, 2 * kPage));
  CHECK(all_of(log).given_back == 6 * kPage);
  const std::vector<Sum> kinds = sums(log, Operations().set(), SumBy::kind);
  REQUIRE(kinds.size() == 3);
  CHECK(kinds[0].label == "loader_data");
  CHECK(kinds[0].live == 4 * kPage);
  CHECK(kinds[1].label == "text");
  CHECK(kinds[1].given_back == 0);
}

TEST_CASE("the break moves, memory is moved, and what is older than the trace counts when it goes") {
  Log log;
  log.add(brk(0x1000000));
  log.add(brk(0x1021000));
  log.add(brk(0x1011000));
  CHECK(all_of(log).taken == 0x21000);
  CHECK(all_of(log).given_back == 0x10000);
  log.add(mapped(0x7f0000000000, 2 * kPage, kOpen));
  Event grown = event_of(Operation::mremap, 0x7f1000000000, 5 * kPage);
  grown.before = {Address(0x7f0000000000), Address(0x7f0000002000)};
  log.add(grown);
  CHECK(all_of(log).given_back == 0x10000 + 2 * kPage);
  log.add(event_of(Operation::munmap, 0x7f2000000000, 3 * kPage));
  log.add(event_of(Operation::munmap, 0x7f2000000000, 3 * kPage));  // is no longer there
  std::uint64_t given_back = 0;
  for (const Sum& sum : sums(log, Operations().set(), SumBy::kind)) given_back += sum.given_back;
  CHECK(given_back == 0x10000 + 5 * kPage);
}

TEST_CASE("memory that one thread gives back while another's call waits goes from the first to the second") {
  Log log;
  log.add(mapped(0x7f0000000000, 16 * kPage, PROT_NONE));
  const Sequence stack = log.begin(mapped(0, 8 * kPage, kOpen));
  log.add(event_of(Operation::munmap, 0x7f0000004000, 12 * kPage));
  log.end(stack, Address(0x7f0000006000));
  CHECK(all_of(log).taken == 8 * kPage);
  CHECK(all_of(log).given_back == 0);
}
