#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kMs = kScratch;

Address m_at(std::uint32_t i) { return kMs + i * 0x1000; }

// Four Ps and an M for each; no goroutine runs, thread 100 + i is M i's.
FakeRuntime four() {
  FakeRuntime fake(27);
  fake.map(kScratch, 1 << 20);
  add_processors(fake, 4);
  fake.put(Global::allm, m_at(0));
  for (std::uint32_t i = 0; i < 4; ++i) {
    fake.put(m_at(i), Field::m_procid, 100 + i);
    fake.put(m_at(i), Field::m_p, p_at(i));
    fake.put(p_at(i), Field::p_m, m_at(i));
    if (i < 3) fake.put(m_at(i), Field::m_alllink, m_at(i + 1));
  }
  return fake;
}

int caller(FakeRuntime& fake) {
  fake.walk("processors");
  const Processor* p = fake.model.processors.calling();
  return p == nullptr ? -1 : static_cast<int>(p->id);
}

void run_goroutine(FakeRuntime& fake, std::uint32_t i) { fake.put(m_at(i), Field::m_curg, 1); }
void set_running(FakeRuntime& fake, std::uint32_t i) { fake.put(p_at(i), Field::p_status, 1); }
void select(FakeRuntime& fake, std::uint64_t tid) { fake.target.threads = {{tid, {}, {}, {}}, {1, {}, {}, {}}}; }

}  // namespace

TEST_CASE("processors: what a P has") {
  FakeRuntime fake = four();
  fake.slice(fake.at(Global::allp), kAllp, 3, 4);  // GOMAXPROCS was lowered
  fake.put(fake.at(Global::gomaxprocs), 3, 4);
  fake.put(kAllp + 8, Address());
  set_running(fake, 2);
  run_goroutine(fake, 2);
  fake.put(fake.at(p_at(2), Field::p_palloc), Field::persistent_base, kChunk);
  fake.put(fake.at(p_at(2), Field::p_palloc), Field::persistent_off, 77);
  fake.put(fake.at(mcache_at(2), Field::mcache_stackcache, 3) + fake.layout()[Field::stackfreelist_list].offset,
           kArena);
  fake.walk("processors");
  const Processors& read = fake.model.processors;
  const std::vector<Processor>& ps = read.all;
  CHECK(read.complete);
  REQUIRE(ps.size() == 3);
  CHECK(ps[0].id == 0);
  CHECK(ps[1].id == 2);
  CHECK(ps[1].address == p_at(2));
  CHECK(ps[1].mcache == mcache_at(2));
  CHECK(ps[1].status == 1);
  CHECK(ps[1].runs_goroutine);
  CHECK(ps[1].palloc_base == kChunk);
  CHECK(ps[1].palloc_off == 77);
  CHECK(ps[1].stack_caches[3] == kArena);
  CHECK(ps[1].active);
  CHECK(ps[2].id == 3);
  CHECK_FALSE(ps[2].active);
  CHECK(ps[1].listed);
  CHECK_FALSE(ps[2].listed);
}

TEST_CASE("calling processor: a goroutine counts most, then the selected thread, then running") {
  FakeRuntime fake = four();
  CHECK(caller(fake) == -1);
  set_running(fake, 3);
  CHECK(caller(fake) == 3);
  select(fake, 102);
  CHECK(caller(fake) == 2);
  run_goroutine(fake, 1);
  CHECK(caller(fake) == 1);
  run_goroutine(fake, 3);  // and P 3 is marked as running
  CHECK(caller(fake) == 3);
  run_goroutine(fake, 2);
  CHECK(caller(fake) == 2);
}

TEST_CASE("calling processor: a thread without P selects none, the first of equals wins") {
  FakeRuntime fake = four();
  fake.put(m_at(1), Field::m_p, Address());
  select(fake, 101);
  set_running(fake, 0);
  set_running(fake, 3);
  CHECK(caller(fake) == 0);
  select(fake, 4711);
  CHECK(caller(fake) == 0);
}

TEST_CASE("processors: damage is named, other Ps are read") {
  FakeRuntime fake = four();
  SECTION("P in a hole") {
    fake.put(kAllp, kNowhere);
    fake.walk("processors");
    const Processors& read = fake.model.processors;
    CHECK(read.all.size() == 3);
    CHECK_FALSE(read.complete);
    CHECK(fake.found("p unreadable") == 1);
  }
  SECTION("M or mcache of a P in a hole") {
    const auto [field, what] = GENERATE(table<Field, const char*>(
        {{Field::p_m, "m of a P unreadable"}, {Field::p_mcache, "stack cache of a P unreadable"}}));
    fake.put(p_at(1), field, kNowhere);
    fake.walk("processors");
    const Processors& read = fake.model.processors;
    CHECK(read.all.size() == 4);
    CHECK(read.complete);
    CHECK(read.callers_known == (field != Field::p_m));
    CHECK(read.stack_caches_known == (field != Field::p_mcache));
    CHECK(fake.found(what) == (field == Field::p_m ? 1 : 4));
  }
  SECTION("list in a hole") {
    fake.slice(fake.at(Global::allp), kNowhere, 4, 4);
    fake.walk("processors");
    CHECK(fake.model.processors.all.empty());
    CHECK(fake.found("allp implausible") == 1);
  }
  SECTION("list without end") {
    fake.slice(fake.at(Global::allp), kAllp, 4, GENERATE(5'000'000ull, kHuge, (1ull << 61) + 4));
    fake.walk("processors");
    CHECK(fake.model.processors.all.empty());
    CHECK(fake.found("allp implausible") == 1);
  }
  SECTION("length beyond capacity") {
    fake.slice(fake.at(Global::allp), kAllp, 5, 4);
    fake.walk("processors");
    CHECK(fake.model.processors.all.empty());
    CHECK(fake.found("allp implausible") == 1);
  }
  SECTION("ring of Ms") {
    fake.put(m_at(3), Field::m_alllink, m_at(0));
    select(fake, 102);
    CHECK(caller(fake) == 2);
  }
}

// Six walkers ask what Ps have: each read them, and told what it could not read.
TEST_CASE("processors: what is wrong with a P is told once, whoever asks for Ps") {
  FakeRuntime fake = four();
  fake.put(kAllp + 8, kNowhere);
  fake.walk_all();
  CHECK(fake.found("p unreadable") == 1);
  CHECK(fake.found("p.pcache") == 0);
  CHECK(fake.model.processors.all.size() == 3);
  CHECK_FALSE(fake.model.processors.complete);
}
