#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kStates{0x7f0016000000};

FakeRuntime with_states() {
  FakeRuntime fake(27);
  fake.map(kScratch, 1 << 20);
  fake.map(kStates, 0x4000);
  fake.slice(fake.at(Global::vgetrandom_alloc, Field::vgetrandom_states), kScratch, 1, 4);
  fake.put(kScratch, kStates);
  fake.put(kScratch + 8, kStates + 256);
  fake.put(kScratch + 16, kStates + 0x1000);
  return fake;
}

}  // namespace

TEST_CASE("uncounted: pages of getrandom states, free or held by an M") {
  FakeRuntime fake = with_states();
  fake.put(Global::allm, kScratch + 0x1000);
  fake.put(kScratch + 0x1000, Field::m_vgetrandom, kStates + 0x3010);
  fake.walk("uncounted");
  const std::vector<Piece>& states = fake.model.pieces[PieceId::vgetrandom_states];
  REQUIRE(states.size() == 3);
  CHECK(states[0].range == range(kStates, 4096));
  CHECK(states[1].range == range(kStates + 0x1000, 4096));
  CHECK(states[2].range == range(kStates + 0x3000, 4096));
}

TEST_CASE("uncounted: debug logs and the buffer of a heap dump") {
  FakeRuntime fake = with_states();
  fake.put(Global::all_dloggers, kScratch + 0x4000);
  fake.put(kScratch + 0x4000, Field::dlogger_all_link, kScratch + 0x9000);
  fake.slice(fake.at(Global::tmpbuf), kScratch + 0x10000, 0, 5000);
  fake.walk("uncounted");
  REQUIRE(fake.model.pieces[PieceId::debug_log].size() == 2);
  CHECK(fake.model.pieces[PieceId::debug_log][1].range == range(kScratch + 0x9000, 16400));
  REQUIRE(fake.model.pieces[PieceId::heap_dump].size() == 1);
  CHECK(fake.model.pieces[PieceId::heap_dump][0].range == range(kScratch + 0x10000, 5000));
}

TEST_CASE("uncounted: nothing there") {
  FakeRuntime fake(GENERATE(11, 23, 27));
  fake.walk("uncounted");
  CHECK(fake.model.pieces[PieceId::vgetrandom_states].empty());
  CHECK(fake.model.pieces[PieceId::debug_log].empty());
  CHECK(fake.model.pieces[PieceId::heap_dump].empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("uncounted: damage is named") {
  FakeRuntime fake = with_states();
  SECTION("state elsewhere") {
    fake.put(kScratch + 8, Address(GENERATE(0x7e0000000000ull, ~0ull)));
    fake.walk("uncounted");
    CHECK(fake.found("getrandom state implausible") == 1);
    CHECK(fake.model.pieces[PieceId::vgetrandom_states].size() == 2);
  }
  SECTION("list of states") {
    fake.slice(fake.at(Global::vgetrandom_alloc, Field::vgetrandom_states), GENERATE(kScratch, kNowhere), 1,
               GENERATE(100'000'000ull, kHuge));
    fake.walk("uncounted");
    CHECK(fake.found("vgetrandomAlloc.states implausible") == 1);
  }
  SECTION("log in a hole") {
    fake.put(Global::all_dloggers, kNowhere);
    fake.walk("uncounted");
    CHECK(fake.found("dlogger unreadable") == 1);
    CHECK(fake.model.pieces[PieceId::vgetrandom_states].size() == 2);
  }
  SECTION("log cut by the end of its mapping") {
    fake.put(Global::all_dloggers, kScratch + 0xff000);
    fake.walk("uncounted");
    CHECK(fake.found("dlogger implausible") == 1);
    CHECK(fake.model.pieces[PieceId::debug_log].empty());
  }
  SECTION("dump") {
    fake.slice(fake.at(Global::tmpbuf), GENERATE(kScratch, kNowhere), 0, kHuge);
    fake.walk("uncounted");
    CHECK(fake.found("tmpbuf implausible") == 1);
    CHECK(fake.model.pieces[PieceId::heap_dump].empty());
  }
}
