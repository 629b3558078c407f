#include "go/record.h"

#include <map>
#include <stdexcept>

#include "go/layout/specs.h"
#include "support/catch.h"
#include "support/literal_types.h"
#include "support/shape_places.h"

using namespace memmap;
using namespace memmap::go;
using test::LiteralTypes;

namespace {

// A runtime of required groups alone, everything at 0, but for what the tests read.
Layout small_layout(std::uint32_t nelems_size) {
  LiteralTypes types;
  for (const FieldSpec& field : kFields)
    if (kGroups[position(field.group)].need == Need::required) {
      types.sizes[field.type] = 64;
      if (field.shape.type != nullptr) types.sizes[field.shape.type] = 64;
    }
  for (const FieldSpec& field : kFields)
    if (types.sizes.count(field.type) != 0 && kGroups[position(field.group)].need == Need::required)
      types.fields[{field.type, field.spellings[0]}] = test::natural_place(field.shape, types);
  for (const TypeSpec& type : kTypes)
    if (kGroups[position(type.group)].need == Need::required) types.sizes[type.spellings[0]] = 64;
  for (const char* const parent : {"runtime.mheap", "runtime.mcache"}) types.sizes[parent] = 128;  // arrays of structs
  for (const GlobalSpec& global : kGlobals) types.globals[global.spellings[0]] = {};
  types.fields[{"runtime.mspan", "startAddr"}] = {8, 8, 8, 1};
  types.fields[{"runtime.mspan", "nelems"}] = {16, nelems_size, nelems_size, 1};
  types.fields[{"runtime.mcache", "alloc"}] = {20, 24, 8, 3};
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
  CHECK(record.element(Field::mcache_alloc, 0) == 0x0b0a090807060504);
  CHECK(record.element(Field::mcache_alloc, 2) == 0x1b1a191817161514);
  CHECK(record.address_of(Field::mcache_alloc, 2) == Address(0x1024));
  CHECK(record.bytes_of(Field::mcache_alloc, 1).data() == bytes.data() + 28);
  CHECK(record.bytes_of(Field::mcache_alloc, 1).size() == 8);
  CHECK_THROWS_AS(record.element(Field::mcache_alloc, 3), std::logic_error);
  CHECK_THROWS_AS(record.bytes_of(Field::mcache_alloc, 3), std::logic_error);
  CHECK_THROWS_AS(record[Field::mcache_alloc], std::logic_error);  // 24 bytes are no number
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
