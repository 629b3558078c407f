#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

using Use = StackRange::Use;

constexpr Address kGs = kScratch;            // g, 0x400 apart
constexpr Address kMs = kScratch + 0x40000;  // m, 0x1000 apart
constexpr Address kAllgs = kScratch + 0x80000;
constexpr Address kStack = kArena + 0x8000;  // a stack span of 4 × 2 KiB
constexpr Address kReserve{0x7f0100000000};  // no access

Address g_at(std::uint32_t i) { return kGs + i * 0x400; }
Address m_at(std::uint32_t i) { return kMs + i * 0x1000; }

void put_stack(FakeRuntime& fake, Address g, AddressRange stack, std::uint64_t goid = 0) {
  fake.put(g, Field::g_stack_lo, stack.begin);
  fake.put(g, Field::g_stack_hi, stack.end);
  fake.put(g, Field::g_goid, goid);
}

FakeRuntime with_goroutines(int minor, std::uint32_t count) {
  FakeRuntime fake(minor);
  add_arena(fake);
  fake.slice(fake.at(Global::allgs), kAllgs, count, 64);
  for (std::uint32_t i = 0; i < count; ++i) {
    fake.put(kAllgs + 8 * i, g_at(i));
    put_stack(fake, g_at(i), range(kStack + i * 2048, 2048), i + 1);
  }
  return fake;
}

void add_stack_span(FakeRuntime& fake) {
  Span span;
  span.begin = kStack;
  span.npages = 1;
  span.elem_size = 2048;
  span.use = SpanUse::stack;
  fake.model.spans.push_back(span);
}

bool is(const StackRange& s, AddressRange where, Use use, std::uint64_t id, std::uint32_t index) {
  return s.range == where && s.use == use && s.id == id && s.index == index;
}

}  // namespace

TEST_CASE("stacks: of goroutines, and none of a dead one") {
  FakeRuntime fake = with_goroutines(GENERATE(11, 18, 27), 3);
  put_stack(fake, g_at(1), {}, 0);
  fake.walk("stacks");
  REQUIRE(fake.model.stacks.size() == 2);
  CHECK(is(fake.model.stacks[0], range(kStack, 2048), Use::goroutine, 1, 0));
  CHECK(is(fake.model.stacks[1], range(kStack + 4096, 2048), Use::goroutine, 3, 2));
  CHECK(fake.found("g") == 0);
}

TEST_CASE("stacks: a dead g keeps its stack and has no goroutine") {
  FakeRuntime fake = with_goroutines(GENERATE(11, 27), 3);
  fake.put(g_at(0), Field::g_status, GENERATE(6ull, 0x1006ull, 11ull, 0x100bull));
  fake.put(g_at(1), Field::g_status, 0x1004);
  fake.walk("stacks");
  REQUIRE(fake.model.stacks.size() == 3);
  CHECK(is(fake.model.stacks[0], range(kStack, 2048), Use::goroutine, 0, 0));
  CHECK(is(fake.model.stacks[1], range(kStack + 2048, 2048), Use::goroutine, 2, 1));
}

TEST_CASE("stacks: of threads, living and waiting to be freed") {
  FakeRuntime fake = with_goroutines(27, 0);
  fake.put(Global::allm, m_at(0));
  fake.put(m_at(0), Field::m_alllink, m_at(1));
  fake.put(Global::sched, Field::sched_freem, m_at(2));
  for (std::uint32_t i = 0; i < 3; ++i) {
    fake.put(m_at(i), Field::m_procid, 1000 + i);
    fake.put(m_at(i), Field::m_g0, g_at(i));
    put_stack(fake, g_at(i), range(kStack + i * 16384, 16384));
  }
  fake.put(m_at(1), Field::m_gsignal, g_at(9));
  put_stack(fake, g_at(9), range(kStack + 0x20000, 32768));
  put_stack(fake, fake.at(Global::gcrash), range(kStack + 0x40000, 16384));
  fake.walk("stacks");
  REQUIRE(fake.model.stacks.size() == 5);
  CHECK(is(fake.model.stacks[0], range(kStack, 16384), Use::g0, 1000, 0));
  CHECK(is(fake.model.stacks[1], range(kStack + 16384, 16384), Use::g0, 1001, 1));
  CHECK(is(fake.model.stacks[2], range(kStack + 0x20000, 32768), Use::gsignal, 1001, 1));
  CHECK(is(fake.model.stacks[3], range(kStack + 32768, 16384), Use::g0, 1002, 0));
  CHECK(is(fake.model.stacks[4], range(kStack + 0x40000, 16384), Use::gcrash, 0, 0));
}

TEST_CASE("stacks: free ones in the pool and in a P's cache") {
  FakeRuntime fake = with_goroutines(GENERATE(11, 27), 0);
  add_stack_span(fake);
  add_processors(fake, 2);
  // stackpool[1] lists one span, two of whose stacks are free; P 1 has a third.
  const Address mspan = kScratch + 0xa0000;
  fake.put(fake.at(Global::stackpool, Field::stackpool_first) + 64, mspan);
  fake.put(mspan, Field::mspan_manual_free_list, kStack);
  fake.put(kStack, kStack + 4096);
  fake.put(fake.at(mcache_at(1), Field::mcache_stackcache, 1) + fake.layout()[Field::stackfreelist_list].offset,
           kStack + 2048);
  fake.walk("stacks");
  REQUIRE(fake.model.stacks.size() == 3);
  CHECK(is(fake.model.stacks[0], range(kStack, 2048), Use::free, 0, 1));
  CHECK(is(fake.model.stacks[1], range(kStack + 4096, 2048), Use::free, 0, 1));
  CHECK(is(fake.model.stacks[2], range(kStack + 2048, 2048), Use::free, 0, 1));
}

TEST_CASE("stacks: an absurd g loses only itself") {
  FakeRuntime fake = with_goroutines(27, 2);
  fake.reserve(kReserve, 1 << 20);
  SECTION("stack") {
    put_stack(fake, g_at(0),
              GENERATE(AddressRange{kStack, kStack}, AddressRange{kStack, kStack + 1 * kHuge},
                       AddressRange{kStack, Address(8)}, range(kNowhere, 8192),
                       AddressRange{kArena + 0x3fff000, kArena + 0x4001000}, range(kReserve, 8192)));
    fake.walk("stacks");
    CHECK(fake.found("g.stack implausible") == 1);
  }
  SECTION("pointer") {
    fake.put(kAllgs, GENERATE(0ull, 0x7e0000000000, 0xfffffffffffffff8));
    fake.walk("stacks");
    CHECK(fake.found("g ") == 1);
  }
  REQUIRE(fake.model.stacks.size() == 1);
  CHECK(fake.model.stacks[0].id == 2);
}

TEST_CASE("stacks: damaged lists are named, the rest is found") {
  FakeRuntime fake = with_goroutines(27, 1);
  add_stack_span(fake);
  SECTION("allgs too long") {
    fake.slice(fake.at(Global::allgs), kAllgs, kHuge, kHuge);
    fake.walk("stacks");
    CHECK(fake.found("allgs implausible") == 1);
    return;
  }
  SECTION("allgs in a hole") {
    fake.image().hole(range(kAllgs, 4096));
    fake.walk("stacks");
    CHECK(fake.found("allgs unreadable") == 1);
    return;
  }
  SECTION("allgs of unmapped or reserved addresses: no room is made for a copy") {
    fake.reserve(kReserve, 1ull << 46);
    fake.map(kReserve + (1ull << 46), 1ull << 45);  // so that the count alone is not absurd
    fake.slice(fake.at(Global::allgs), GENERATE(kNowhere, kReserve), 1ull << 42, 1ull << 42);
    fake.walk("stacks");
    CHECK(fake.found("allgs implausible") == 1);
    return;
  }
  SECTION("cycle of Ms") {
    fake.put(Global::allm, m_at(0));
    fake.put(m_at(0), Field::m_alllink, m_at(1));
    fake.put(m_at(1), Field::m_alllink, m_at(0));
    fake.walk("stacks");
    CHECK(fake.found("m in allm implausible") == 1);
  }
  SECTION("M in a hole") {
    fake.put(Global::allm, kNowhere);
    fake.walk("stacks");
    CHECK(fake.found("m in allm unreadable") == 1);
  }
  SECTION("free stack elsewhere") {
    add_processors(fake, 1);
    fake.put(fake.at(mcache_at(0), Field::mcache_stackcache, 0) + fake.layout()[Field::stackfreelist_list].offset,
             kScratch + 0xc0000);
    fake.walk("stacks");
    CHECK(fake.found("free stack outside stack spans") == 1);
  }
  SECTION("pool in a hole") {
    fake.put(fake.at(Global::stackpool, Field::stackpool_first), kNowhere);
    fake.walk("stacks");
    CHECK(fake.found("span in stackpool unreadable") == 1);
  }
  CHECK(fake.model.stacks.size() == 1);
}

TEST_CASE("stacks: lists of free stacks that lead into one another are walked once") {
  FakeRuntime fake = with_goroutines(27, 0);
  add_stack_span(fake);
  add_processors(fake, 64);
  fake.put(kStack, kStack + 2048);
  fake.put(kStack + 2048, kStack + 4096);
  for (std::uint32_t i = 0; i < 64; ++i)
    fake.put(fake.at(mcache_at(i), Field::mcache_stackcache, 0) + fake.layout()[Field::stackfreelist_list].offset,
             kStack);
  fake.walk("stacks");
  CHECK(fake.model.stacks.size() == 3);
  CHECK(fake.found("free stack listed twice") == 63);
}

TEST_CASE("stacks: a list that runs through other memory ends where it leaves the stacks") {
  FakeRuntime fake = with_goroutines(27, 0);
  add_stack_span(fake);
  add_processors(fake, 1);
  fake.put(fake.at(mcache_at(0), Field::mcache_stackcache, 0) + fake.layout()[Field::stackfreelist_list].offset,
           kStack);
  fake.put(kStack, kStack + 1024);  // in a stack span, and no stack
  fake.put(kStack + 1024, kStack + 2048);
  fake.walk("stacks");
  CHECK(fake.model.stacks.size() == 1);
  CHECK(fake.found("free stack outside stack spans") == 1);
}

TEST_CASE("stacks: a free stack larger than its span is named") {
  FakeRuntime fake = with_goroutines(27, 0);
  add_stack_span(fake);
  fake.model.spans[0].elem_size = GENERATE(16384ull, kHuge, ~0ull);
  add_processors(fake, 1);
  fake.put(fake.at(mcache_at(0), Field::mcache_stackcache, 0) + fake.layout()[Field::stackfreelist_list].offset,
           kStack);
  fake.walk("stacks");
  CHECK(fake.model.stacks.empty());
  CHECK(fake.found("free stack outside stack spans") == 1);
}
