#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

void put_bucket(FakeRuntime& fake, Address at, std::uint64_t typ, std::uint64_t nstk, Address next = {}) {
  fake.put(at, Field::bucket_typ, typ);
  fake.put(at, Field::bucket_nstk, nstk);
  fake.put(at, Field::bucket_allnext, next);
}

FakeRuntime with_buckets(int minor) {
  FakeRuntime fake(minor);
  fake.map(kScratch, 2 << 20);
  fake.put(Global::buckhash, kScratch + (1 << 19));
  fake.put(Global::mbuckets, kScratch);
  put_bucket(fake, kScratch, 1, 4, kScratch + 0x400);
  put_bucket(fake, kScratch + 0x400, 1, 32);
  return fake;
}

}  // namespace

TEST_CASE("profile: buckets with their stacks and records, and their table") {
  FakeRuntime fake = with_buckets(GENERATE(11, 27));
  fake.put(Global::bbuckets, kScratch + 0x800);
  put_bucket(fake, kScratch + 0x800, 2, 1);
  fake.walk("profile");
  CHECK(fake.model.pieces.only(PieceId::profile_table) == range(kScratch + (1 << 19), 1439992));
  const std::vector<Piece>& buckets = fake.model.pieces[PieceId::profile_bucket];
  REQUIRE(buckets.size() == 3);
  CHECK(buckets[0].range == range(kScratch, 48 + 4 * 8 + 128));
  CHECK(buckets[1].range == range(kScratch + 0x400, 48 + 32 * 8 + 128));
  CHECK(buckets[2].range == range(kScratch + 0x800, 48 + 8 + 16));
}

TEST_CASE("profile: pointer masks of modules end with one more byte") {
  FakeRuntime fake = with_buckets(27);
  fake.put(Global::firstmoduledata, Field::module_gcdatamask, kScratch + 0x1000);
  fake.put(Global::firstmoduledata, Field::module_data, 0x600000);
  fake.put(Global::firstmoduledata, Field::module_edata, 0x601000);
  fake.put(Global::firstmoduledata, Field::module_gcbssmask, kScratch + 0x2000);
  fake.put(Global::firstmoduledata, Field::module_bss, 0x700000);
  fake.put(Global::firstmoduledata, Field::module_ebss, 0x700008);
  fake.walk("profile");
  const std::vector<Piece>& masks = fake.model.pieces[PieceId::pointer_mask];
  REQUIRE(masks.size() == 2);
  CHECK(masks[0].range == range(kScratch + 0x1000, 65));
  CHECK(masks[1].range == range(kScratch + 0x2000, 2));
}

TEST_CASE("profile: nothing is profiled") {
  FakeRuntime fake(27);
  fake.walk("profile");
  CHECK(fake.model.pieces.only(PieceId::profile_table).empty());
  CHECK(fake.model.pieces[PieceId::profile_bucket].empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("profile: damage is named, what is before it stays") {
  FakeRuntime fake = with_buckets(27);
  SECTION("stack too deep") {
    put_bucket(fake, kScratch + 0x400, 1, kHuge);
    fake.walk("profile");
    CHECK(fake.found("profile bucket implausible") == 1);
  }
  SECTION("next in a hole") {
    fake.put(kScratch, Field::bucket_allnext, kNowhere);
    fake.walk("profile");
    CHECK(fake.found("profile bucket unreadable") == 1);
  }
  SECTION("table") {
    put_bucket(fake, kScratch, 1, 4);
    fake.put(Global::buckhash, Address(GENERATE(0x7e0000000000ull, 0xffffffffffff0000ull)));
    fake.walk("profile");
    CHECK(fake.found("buckhash implausible") == 1);
  }
  SECTION("mask") {
    put_bucket(fake, kScratch, 1, 4);
    fake.put(Global::firstmoduledata, Field::module_gcdatamask, kScratch);
    fake.put(Global::firstmoduledata, Field::module_data, 16);
    fake.put(Global::firstmoduledata, Field::module_edata, GENERATE(8ull, kHuge));
    fake.walk("profile");
    CHECK(fake.found("pointer mask of a module") == 1);
    CHECK(fake.model.pieces[PieceId::pointer_mask].empty());
  }
  SECTION("ring of modules") {
    put_bucket(fake, kScratch, 1, 4);
    fake.put(Global::firstmoduledata, Field::module_next, fake.at(Global::firstmoduledata));
    fake.walk("profile");
    CHECK(fake.found("moduledata implausible") == 1);
  }
  CHECK(fake.model.pieces[PieceId::profile_bucket].size() == 1);
}
