// A process that was stopped between its first instruction and its first goroutine.
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

TEST_CASE("early stop: a heap begins with an mspan or a goroutine") {
  FakeRuntime fake(GENERATE(11, 14, 20, 27));
  CHECK_FALSE(fake.runtime().has_heap());
  SECTION("mspan") {
    fake.slice(fake.at(Global::mheap, Field::mheap_allspans), kScratch, 0, 8192);
    CHECK(fake.runtime().has_heap());
  }
  SECTION("goroutine") {
    fake.slice(fake.at(Global::allgs), kScratch, 1, 1);
    CHECK(fake.runtime().has_heap());
  }
  SECTION("neither can be read") {
    fake.image().hole(range(fake.at(Global::allgs), 8));
    CHECK(fake.runtime().has_heap());
  }
}

TEST_CASE("early stop: what is nil before the heap is set up is not damaged") {
  FakeRuntime fake(GENERATE(11, 12, 14, 19, 21, 27));
  fake.model.runtime.has_heap = fake.runtime().has_heap();
  fake.walk_all();
  CHECK_FALSE(fake.findings.partial());
  CHECK(fake.model.spans.empty());
  CHECK(fake.model.counters.known);
}

TEST_CASE("early stop: nil in a process that runs is damage") {
  FakeRuntime fake(27);
  fake.walk_all();
  CHECK(fake.findings.partial());
  CHECK(fake.found("heap index (mheap_.arenas[0]) not found") == 1);
  CHECK(fake.found("mheap_.allspans implausible") == 1);
  CHECK(fake.found("mheap_.pages.summary implausible") == 5);
  CHECK(fake.found("mheap_.pages.scav.index implausible") == 1);
}
