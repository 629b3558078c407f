// What is read at one stop of a thread comes in one call at the next, and is never old.
#include "support/catch.h"

#include "process/read.h"
#include "process/repeated_reads.h"
#include "support/image.h"

using namespace memmap;
using memmap::test::Image;

namespace {

constexpr Address kStack{0xc000002000};
constexpr Address kDeeper{0xc000001e00};
constexpr Address kField{0x500010};

struct Fixture {
  Image image;
  RepeatedReads reads{image};
  RepeatedReads::Ranges ranges;

  Fixture() {
    image.map({Address(0xc000000000), Address(0xc000004000)});
    image.map({Address(0x500000), Address(0x501000)});
    image.put(kStack, 1);
    image.put(kField, 2);
  }
  std::uint64_t word(Address at) { return read_word(reads, at).value_or(~0ULL); }
};

}  // namespace

TEST_CASE("the second stop reads in one call what the first asked for, as it is now") {
  Fixture f;
  {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    CHECK(f.word(kStack) == 1);
    CHECK(f.word(kField) == 2);
  }
  f.image.put(kStack, 11);
  f.image.put(kField, 12);
  f.image.batches = 0;
  const RepeatedReads::Stop stop(f.reads, f.ranges);
  CHECK(f.image.batches == 1);
  f.image.reads = 0;
  CHECK(f.word(kStack) == 11);
  CHECK(f.word(kField) == 12);
  CHECK(f.image.reads == 0);
}

TEST_CASE("what a stop did not ask for is not read at the next") {
  Fixture f;
  for (const Address at : {kStack, kField, kField}) {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    f.word(at);
  }
  REQUIRE(f.ranges.size() == 1);
  CHECK(f.ranges.front().begin == kField);
}

TEST_CASE("stacks of different depth become one range") {
  Fixture f;
  std::array<std::byte, 1024> block{};
  f.ranges = {{kStack, kStack + 1024}};
  {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    f.word(kStack);
    f.reads.read(kDeeper, block);
  }
  REQUIRE(f.ranges.size() == 1);
  CHECK(f.ranges.front() == AddressRange{kDeeper, kStack + 1024});
}

TEST_CASE("memory that is gone at the next stop is asked for again, and says how far it reaches") {
  Fixture f;
  {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    f.word(kStack);
    f.word(kField);
  }
  f.image.hole({kStack, kStack + 4});
  const RepeatedReads::Stop stop(f.reads, f.ranges);
  CHECK(f.word(kField) == 2);
  std::array<std::byte, 8> out{};
  CHECK(f.reads.read(kStack, out) == 0);
  CHECK(f.reads.view({kStack, kStack + 8}).empty());
}

TEST_CASE("between stops everything is read from the memory itself") {
  Fixture f;
  for (int i = 0; i < 2; ++i) {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    f.word(kStack);
  }
  f.image.put(kStack, 5);
  CHECK(f.word(kStack) == 5);
}

TEST_CASE("a block that would end beyond the address space is not taken for one that is held") {
  Fixture f;
  for (int i = 0; i < 2; ++i) {
    const RepeatedReads::Stop stop(f.reads, f.ranges);
    f.word(kStack);
    std::array<std::byte, 8192> block{};
    CHECK(f.reads.read(Address(~std::uint64_t{0} - 15), block) == 0);
  }
}
