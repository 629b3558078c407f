// PageCache, the typed reads, and Runtime's bounds.
#include "process/page_cache.h"
#include "process/read.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kAt{0x10000};  // the start of a block of 16 KiB

Image image_with(std::uint64_t size) {
  Image image;
  image.map(range(kAt, size));
  for (std::uint64_t i = 0; i < size; i += 8) image.put(kAt + i, i);
  return image;
}

std::size_t valid(const MemoryReader& memory, Address from, std::size_t size) {
  std::vector<std::byte> out(size, std::byte{0xee});
  return memory.read(from, out);
}

}  // namespace

TEST_CASE("page cache: a block is read once, small reads are served from it") {
  const Image image = image_with(0x8000);
  const PageCache cache(image);
  for (std::uint64_t i = 0; i < 0x8000; i += 8) CHECK(read_word(cache, kAt + i).value() == i);
  CHECK(image.reads == 2);
  CHECK(read_word(cache, kAt).value() == 0);
  CHECK(image.reads == 2);
  CHECK(valid(cache, kAt, 0x4000) == 0x4000);  // large: straight through
  CHECK(image.reads == 3);
}

TEST_CASE("page cache: a word across two blocks") {
  Image image = image_with(0x8000);
  image.put(kAt + 0x3ffc, 0x1122334455667788);
  const PageCache cache(image);
  CHECK(read_word(cache, kAt + 0x3ffc).value() == 0x1122334455667788);
}

TEST_CASE("page cache: a block with a hole in it") {
  Image image = image_with(0x8000);
  image.hole(range(kAt + 0x1000, 0x1000));
  const PageCache cache(image);
  CHECK(read_word(cache, kAt + 0xff8).value() == 0xff8);
  CHECK_FALSE(read_word(cache, kAt + 0x1000));
  CHECK_FALSE(read_word(cache, kAt + 0xffc));  // its second half is missing
  CHECK(valid(cache, kAt + 0xff0, 64) == 16);
  CHECK(read_word(cache, kAt + 0x2000).value() == 0x2000);  // behind the hole
  CHECK(valid(cache, kAt + 0x3ff0, 64) == 64);              // and on into the next block
  CHECK(valid(cache, kAt + 0x1ff8, 16) == 0);
}

TEST_CASE("page cache: a block that begins in a hole, and the end of the address space") {
  Image image = image_with(0x8000);
  image.hole(range(kAt, 0x1000));
  const PageCache cache(image);
  CHECK_FALSE(read_word(cache, kAt));
  CHECK(read_word(cache, kAt + 0x1000).value() == 0x1000);
  CHECK(valid(cache, kAt + 0x3f00, 0x200) == 0x200);
  CHECK_FALSE(read_word(cache, Address(0xfffffffffffffffc)));
  CHECK_FALSE(read_word(cache, Address(0x1000)));
}

TEST_CASE("page cache: views and batches are the base's") {
  Image image = image_with(0x1000);
  image.hold(range(kAt, 64));
  const PageCache cache(image);
  CHECK(cache.view(range(kAt, 64)).size() == 64);
  CHECK(cache.view(range(kAt, 65)).empty());
  std::array<std::byte, 8> out{};
  std::array<ReadRequest, 2> requests{ReadRequest{kAt, out}, ReadRequest{kNowhere, out}};
  cache.read_many(requests);
  CHECK(image.batches == 1);
  CHECK(requests[0].whole);
  CHECK_FALSE(requests[1].whole);
}

TEST_CASE("reads: words, slices and strings say what is wrong and where") {
  Image image = image_with(0x1000);
  CHECK(read_word(image, kAt + 8, 1).value() == 8);
  CHECK_FALSE(read_word(image, Address()));
  CHECK(read_word(image, kNowhere).error().where == kNowhere);
  image.put(kAt, kNowhere.value());
  image.put(kAt + 8, 3);
  image.put(kAt + 16, 4);
  CHECK(read_slice(image, kAt)->cap == 4);
  image.put(kAt + 16, 2);
  CHECK(read_slice(image, kAt).error().code == FaultCode::implausible);
  CHECK(read_slice(image, kAt + 0xff0).error().code == FaultCode::unreadable);
  CHECK(read_string(image, kAt).error().where == kNowhere);
  image.put(kAt, (kAt + 0x100).value());
  image.put(kAt + 0x100, 0x6f67, 2);  // "go"
  image.put(kAt + 8, 2);
  CHECK(read_string(image, kAt).value() == "go");
  image.put(kAt + 8, kHuge);
  CHECK(read_string(image, kAt)->size() == 256);
}

TEST_CASE("reads: a block in place, copied, or not there") {
  Image image = image_with(0x1000);
  const Result<Block> copied = Block::read(image, range(kAt + 8, 16), "block");
  REQUIRE(copied);
  CHECK(copied->words() == 2);
  CHECK(copied->word(1) == 16);
  image.hold(range(kAt, 64));
  image.put(kAt + 8, 99);  // the held bytes stay as they were
  CHECK(Block::read(image, range(kAt + 8, 16), "block")->word(0) == 8);
  CHECK(Block::read(image, range(kAt + 0xff8, 16), "block").error().what == std::string_view("block"));
  CHECK(Block::read(image, range(kAt, 0), "block")->words() == 0);
}

TEST_CASE("runtime: what is mapped, and how long a list may be") {
  FakeRuntime fake(27);
  const std::uint64_t globals = fake.target.mappings.front().range.size();
  fake.map(kArena, 0x2000);
  fake.reserve(kArena + 0x2000, 0x2000);
  const go::Runtime runtime = fake.runtime();
  CHECK(runtime.mapped(range(kArena + 0x1000, 0x2000)));
  CHECK_FALSE(runtime.mapped(range(kArena + 0x1000, 0x4000)));
  CHECK_FALSE(runtime.mapped(range(kArena, 0)));
  CHECK(runtime.list_bound(8) == (globals + 0x2000) / 8);
  CHECK(runtime.list_bound(0) == 0);
}

TEST_CASE("runtime: an absurd page size is not believed") {
  FakeRuntime fake(27);
  fake.put(fake.at(Global::phys_page_size), GENERATE(0ull, 100ull, kHuge));
  CHECK(fake.runtime().physical_page() == 4096);
}
