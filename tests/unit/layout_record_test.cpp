#include "go/record.h"

#include <map>
#include <stdexcept>

#include "support/catch.h"
#include "support/literal_types.h"

using namespace memmap;
using namespace memmap::go;
using test::LiteralTypes;

namespace {

// A runtime where everything is a word at 0, but for what the tests read.
Layout small_layout(std::uint32_t nelems_size) {
  LiteralTypes types;
#define FIELD(id, type, need, ...)                     \
  if (#need[0] == 'r') {                               \
    const char* const spellings[] = {__VA_ARGS__};     \
    types.sizes[type] = 64;                            \
    types.fields[{type, spellings[0]}] = {0, 8, 8, 1}; \
  }
#include "go/layout/fields.def"
#undef FIELD
#define GLOBAL(id, need, ...) \
  for (const char* const spelling : {__VA_ARGS__}) types.globals[spelling] = {};
#include "go/layout/globals.def"
#undef GLOBAL
  types.fields[{"runtime.mspan", "startAddr"}] = {8, 8, 8, 1};
  types.fields[{"runtime.mspan", "nelems"}] = {16, nelems_size, nelems_size, 1};
  types.fields[{"runtime.mspan", "npages"}] = {20, 6, 2, 3};
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE(layout);
  return *layout;
}

std::vector<std::byte> counting_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(0xf0 + i);
  return bytes;
}

class Memory final : public MemoryReader {
 public:
  Memory(Address at, std::vector<std::byte> bytes, bool in_place)
      : at_(at), bytes_(std::move(bytes)), in_place_(in_place) {}

  std::size_t read(Address from, std::span<std::byte> out) const override {
    if (from < at_ || from - at_ >= bytes_.size()) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), bytes_.size() - (from - at_));
    std::memcpy(out.data(), bytes_.data() + (from - at_), size);
    return size;
  }
  std::span<const std::byte> view(AddressRange range) const override {
    const std::size_t offset = range.begin - at_;
    if (!in_place_ || offset + range.size() > bytes_.size()) return {};
    return std::span(bytes_).subspan(offset, range.size());
  }

 private:
  Address at_;
  std::vector<std::byte> bytes_;
  bool in_place_;
};

}  // namespace

TEST_CASE("record: values have the width of the layout") {
  const std::vector<std::byte> bytes = counting_bytes(64);
  const auto [size, value, negative] = GENERATE(table<std::uint32_t, std::uint64_t, std::int64_t>({
      {1, 0x00, 0},
      {2, 0x0100, 0x0100},
      {4, 0x03020100, 0x03020100},
      {8, 0x0706050403020100, 0x0706050403020100},
  }));
  const Layout layout = small_layout(size);
  const Record record = Record::at(bytes, layout, Address(0x1000));
  CHECK(record[Field::mspan_nelems] == value);
  CHECK(record.signed_value(Field::mspan_nelems) == negative);
  CHECK(record.pointer(Field::mspan_start) == Address(0xfffefdfcfbfaf9f8));
  CHECK(record.signed_value(Field::mspan_start) == static_cast<std::int64_t>(0xfffefdfcfbfaf9f8));
  CHECK(record.address() == Address(0x1000));
  CHECK(record.address_of(Field::mspan_start) == Address(0x1008));
}

TEST_CASE("record: array fields by element") {
  const std::vector<std::byte> bytes = counting_bytes(64);
  const Layout layout = small_layout(2);
  const Record record = Record::at(bytes, layout, Address(0x1000));
  CHECK(record.element(Field::mspan_npages, 0) == 0x0504);
  CHECK(record.element(Field::mspan_npages, 2) == 0x0908);
  CHECK(record.address_of(Field::mspan_npages, 2) == Address(0x1018));
  CHECK(record.bytes_of(Field::mspan_npages, 1).data() == bytes.data() + 22);
  CHECK(record.bytes_of(Field::mspan_npages, 1).size() == 2);
  CHECK_THROWS_AS(record.element(Field::mspan_npages, 3), std::logic_error);
  CHECK_THROWS_AS(record.bytes_of(Field::mspan_npages, 3), std::logic_error);
  CHECK_THROWS_AS(record[Field::mspan_npages], std::logic_error);  // six bytes are no number
}

TEST_CASE("record: absent fields and short views") {
  const std::vector<std::byte> bytes = counting_bytes(64);
  const Layout layout = small_layout(2);
  const Record record = Record::at(bytes, layout, Address(0x1000));
  REQUIRE_FALSE(layout.has(Field::mheap_pages));
  CHECK(record.value_or(Field::mheap_pages, 7) == 7);
  CHECK(record.value_or(Field::mspan_nelems, 7) == 0x0100);
  CHECK_THROWS_AS(record[Field::mheap_pages], std::logic_error);
  const Record cut = Record::at(std::span(bytes).first(17), layout, Address(0x1000));
  CHECK(cut[Field::mspan_start] != 0);
  CHECK_THROWS_AS(cut[Field::mspan_nelems], std::logic_error);
}

TEST_CASE("record: fetched, in place or copied, small or large") {
  const Layout layout = small_layout(2);
  const bool in_place = GENERATE(false, true);
  const Memory memory(Address(0x1000), counting_bytes(4096), in_place);
  std::vector<std::byte> scratch;
  const Result<Record> small = Record::fetch(memory, layout, Address(0x1000), 64, "mspan");
  const Result<Record> large = Record::fetch(memory, layout, Address(0x1000), 4096, "p", scratch);
  REQUIRE(small);
  REQUIRE(large);
  CHECK((*small)[Field::mspan_nelems] == 0x0100);
  CHECK((*large)[Field::mspan_nelems] == 0x0100);
  CHECK(scratch.empty() == in_place);
  const Record copy = *small;
  CHECK((copy.bytes().data() == small->bytes().data()) == in_place);
  CHECK(copy[Field::mspan_nelems] == 0x0100);
}

TEST_CASE("record: what cannot be fetched says what it was") {
  const Layout layout = small_layout(2);
  const Memory memory(Address(0x1000), counting_bytes(100), false);
  const Result<Record> null = Record::fetch(memory, layout, Address(0), 64, "mspan");
  CHECK(null.error().code == FaultCode::implausible);
  CHECK(null.error().what == std::string_view("mspan"));
  const Result<Record> cut = Record::fetch(memory, layout, Address(0x1030), 64, "mspan");
  CHECK(cut.error().code == FaultCode::unreadable);
  CHECK(cut.error().where == Address(0x1030));
  const Result<Record> wild = Record::fetch(memory, layout, Address(~std::uint64_t{8}), 64, "mspan");
  CHECK(wild.error().code == FaultCode::implausible);
  const Result<Record> large = Record::fetch(memory, layout, Address(0x1000), 4096, "p");
  CHECK(large.error().code == FaultCode::unsupported);
}
