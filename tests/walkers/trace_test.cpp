#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kBuffers{0x7f0014000000};
constexpr std::uint64_t kBytes = 64 << 10;

Address buffer_at(std::uint32_t i) { return kBuffers + i * kBytes; }

FakeRuntime with_buffers(int minor) {
  FakeRuntime fake(minor);
  fake.map(kBuffers, 16 * kBytes);
  fake.map(kScratch, 1 << 20);
  add_processors(fake, 2);
  return fake;
}

std::vector<Address> begins(const std::vector<Piece>& pieces) {
  std::vector<Address> found;
  for (const Piece& piece : pieces) {
    CHECK(piece.range.size() == kBytes);
    found.push_back(piece.range.begin);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("trace: v1 keeps buffers in trace and in Ps") {
  FakeRuntime fake = with_buffers(GENERATE(11, 21));
  fake.put(Global::trace, Field::trace_empty, buffer_at(0));
  fake.put(buffer_at(0), Field::trace_buf_link, buffer_at(1));
  fake.put(Global::trace, Field::trace_full_head, buffer_at(2));
  fake.put(p_at(1), Field::p_tracebuf, buffer_at(3));
  fake.put(Global::trace, Field::trace_stack_mem, buffer_at(4));
  fake.put(buffer_at(4), Field::region_v1_next, buffer_at(5));
  fake.walk("trace");
  CHECK(begins(fake.model.pieces[PieceId::trace_buffer]) ==
        std::vector{buffer_at(0), buffer_at(1), buffer_at(2), buffer_at(3)});
  CHECK(begins(fake.model.pieces[PieceId::trace_arena]) == std::vector{buffer_at(4), buffer_at(5)});
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("trace: v2 keeps buffers in queues and Ms, tables in regions of two generations") {
  const int minor = GENERATE(22, 23, 27);
  FakeRuntime fake = with_buffers(minor);
  fake.put(fake.at(Global::trace, Field::trace_full, 1), buffer_at(0));
  fake.put(fake.at(Global::trace, Field::trace_full, 1) + 8, buffer_at(0));  // the tail is the head
  fake.put(Global::allm, kScratch);
  fake.put(fake.at(kScratch, Field::m_trace_buf, 1), buffer_at(1));
  const Address region = fake.at(Global::trace, Field::trace_string_mem0) + 64;
  fake.put(region, minor == 22 ? Field::region_head : Field::region_current, buffer_at(2));
  fake.put(buffer_at(2), Field::region_block_next, buffer_at(3));
  fake.walk("trace");
  CHECK(begins(fake.model.pieces[PieceId::trace_buffer]) == std::vector{buffer_at(0), buffer_at(1)});
  CHECK(begins(fake.model.pieces[PieceId::trace_arena]) == std::vector{buffer_at(2), buffer_at(3)});
}

TEST_CASE("trace: lists that lead into one another are walked once") {
  FakeRuntime fake = with_buffers(21);
  add_processors(fake, 64);
  for (std::uint32_t i = 0; i + 1 < 16; ++i) fake.put(buffer_at(i), Field::trace_buf_link, buffer_at(i + 1));
  fake.put(Global::trace, Field::trace_empty, buffer_at(0));
  for (std::uint32_t i = 0; i < 64; ++i) fake.put(p_at(i), Field::p_tracebuf, buffer_at(0));
  // Of what buffer 8 leads to only the first list knows.
  fake.image().hole(range(buffer_at(8), kBytes));
  fake.walk("trace");
  CHECK(fake.model.pieces[PieceId::trace_buffer].size() == 8);
  CHECK(fake.found("trace buffer unreadable") == 1);
}

TEST_CASE("trace: off") {
  FakeRuntime fake = with_buffers(GENERATE(11, 27));
  fake.walk("trace");
  CHECK(fake.model.pieces[PieceId::trace_buffer].empty());
  CHECK(fake.findings.entries().empty());
}

TEST_CASE("trace: damaged lists are named, the others are read") {
  FakeRuntime fake = with_buffers(21);
  fake.put(Global::trace, Field::trace_full_head, buffer_at(2));
  SECTION("ring") {
    fake.put(Global::trace, Field::trace_empty, buffer_at(0));
    fake.put(buffer_at(0), Field::trace_buf_link, buffer_at(0));
    fake.walk("trace");
    CHECK(fake.found("ring of trace buffers implausible") == 1);
    CHECK(fake.model.pieces[PieceId::trace_buffer].size() == 2);
    return;
  }
  SECTION("hole") {
    fake.put(Global::trace, Field::trace_empty, kNowhere);
    fake.walk("trace");
    CHECK(fake.found("trace buffer unreadable") == 1);
  }
  SECTION("cut by the end of its mapping") {
    fake.put(Global::trace, Field::trace_empty, buffer_at(15) + 4096);
    fake.walk("trace");
    CHECK(fake.found("trace buffer implausible") == 1);
  }
  SECTION("Ps without end") {
    fake.slice(fake.at(Global::allp), GENERATE(kNowhere, kAllp), kHuge, kHuge);
    fake.walk("trace");
    CHECK(fake.found("allp implausible") == 1);
  }
  CHECK(begins(fake.model.pieces[PieceId::trace_buffer]) == std::vector{buffer_at(2)});
}
