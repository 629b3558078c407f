#include "go/layout/layout.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "support/catch.h"
#include "support/literal_types.h"

using namespace memmap;
using namespace memmap::go;
using test::LiteralTypes;

namespace {

struct Line {
  const char* id;
  std::string type;
  std::string need;
  std::vector<std::string> spellings;
};

const std::vector<Line> kFieldLines = {
#define FIELD(id, type, need, ...) {#id, type, #need, {__VA_ARGS__}},
#include "go/layout/fields.def"
#undef FIELD
};
const std::vector<Line> kGlobalLines = {
#define GLOBAL(id, need, ...) {#id, "", #need, {__VA_ARGS__}},
#include "go/layout/globals.def"
#undef GLOBAL
};

constexpr std::uint64_t kStructSize = 1 << 20;

enum class Generation { oldest, newest };

const std::string& spelling_of(const Line& line, Generation generation) {
  return generation == Generation::newest ? line.spellings.front() : line.spellings.back();
}

std::string type_of(const Line& line, Generation generation) {
  const std::size_t bar = generation == Generation::newest ? line.type.find('|') : line.type.rfind('|');
  if (bar == std::string::npos) return line.type;
  return generation == Generation::newest ? line.type.substr(0, bar) : line.type.substr(bar + 1);
}

// A runtime that spells everything as its generation does, one word after the other.
LiteralTypes runtime_of(Generation generation) {
  LiteralTypes types;
  std::uint32_t offset = 0;
  for (const Line& line : kFieldLines) {
    const std::string type = type_of(line, generation);
    types.sizes[type] = kStructSize;
    types.fields[{type, spelling_of(line, generation)}] = {offset, 8, 8, 1};
    offset += 8;
  }
  for (const Line& line : kGlobalLines) types.globals[spelling_of(line, generation)] = {0x500000, 8};
  return types;
}

const Line& line_of(Field field) { return kFieldLines[position(field)]; }

}  // namespace

TEST_CASE("layout: each field has the spelling of its generation") {
  const Generation generation = GENERATE(Generation::oldest, Generation::newest);
  Findings findings;
  const Result<Layout> layout = Layout::bind(runtime_of(generation), findings);
  REQUIRE(layout);
  for (std::size_t i = 0; i < kFieldLines.size(); ++i) {
    INFO(kFieldLines[i].id);
    const auto field = static_cast<Field>(i);
    REQUIRE(layout->has(field));
    CHECK(layout->spelling(field) == spelling_of(kFieldLines[i], generation));
    CHECK(layout->struct_size(field) == kStructSize);
    CHECK(name(field) == std::string_view(kFieldLines[i].id));
  }
  CHECK_FALSE(findings.partial());
}

TEST_CASE("layout: every missing required field is named") {
  for (const Line& line : kFieldLines) {
    LiteralTypes types = runtime_of(Generation::newest);
    const std::string type = type_of(line, Generation::newest);
    types.fields.erase({type, line.spellings.front()});
    // Another field may be spelled like an older spelling of this one.
    if (types.find(type, line.spellings.back())) continue;
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(line.id);
    REQUIRE(layout.has_value() == (line.need == "optional"));
    if (layout) continue;
    CHECK(layout.error().code == FaultCode::not_found);
    CHECK(layout.error().what == line.type + "." + line.spellings.front());
  }
}

TEST_CASE("layout: one fault is returned, the others are findings") {
  LiteralTypes types = runtime_of(Generation::newest);
  for (const Field field : {Field::mspan_start, Field::mspan_npages})
    types.fields.erase({line_of(field).type, line_of(field).spellings.front()});
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE_FALSE(layout);
  CHECK(layout.error().what == std::string_view("runtime.mspan.startAddr"));
  const auto& entries = findings.entries();
  CHECK(std::any_of(entries.begin(), entries.end(), [](const Findings::Entry& entry) {
    return entry.severity == Severity::error && entry.message == "runtime.mspan.npages not found";
  }));
}

TEST_CASE("layout: a struct that the linker dropped takes its if_type fields along") {
  for (const Line& line : kFieldLines) {
    if (line.need != "if_type") continue;
    LiteralTypes types = runtime_of(Generation::newest);
    const std::string type = type_of(line, Generation::newest);
    types.sizes.erase(type);
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(line.id);
    const bool others_need_it = std::any_of(kFieldLines.begin(), kFieldLines.end(), [&](const Line& other) {
      return type_of(other, Generation::newest) == type && other.need == "required";
    });
    CHECK(layout.has_value() == !others_need_it);
  }
}

TEST_CASE("layout: a field outside its struct is refused") {
  const Line& line = line_of(Field::mspan_start);
  LiteralTypes types = runtime_of(Generation::newest);
  FieldPlace& place = types.fields[{line.type, line.spellings.front()}];
  Findings findings;
  place = {kStructSize - 8, 8, 8, 1};
  CHECK(Layout::bind(types, findings));
  place = {kStructSize - 7, 8, 8, 1};
  CHECK(Layout::bind(types, findings).error().code == FaultCode::implausible);
  place = {0xfffffff8, 16, 16, 1};
  CHECK(Layout::bind(types, findings).error().code == FaultCode::implausible);
}

TEST_CASE("layout: a missing required global is named") {
  for (const Line& line : kGlobalLines) {
    LiteralTypes types = runtime_of(Generation::newest);
    types.globals.erase(line.spellings.front());
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(line.id);
    REQUIRE(layout.has_value() == (line.need != "required"));
    if (!layout) CHECK(layout.error().what == line.spellings.front());
  }
}

TEST_CASE("layout: asking for what is absent is a mistake of ours") {
  LiteralTypes types = runtime_of(Generation::newest);
  types.sizes["runtime.mspan"] = 160;
  types.fields.clear();
  Findings findings;
  CHECK_FALSE(Layout::bind(types, findings));
  const Layout empty{};
  CHECK_FALSE(empty.has(Field::mspan_start));
  CHECK(empty.spelling(Field::mspan_start).empty());
  CHECK_THROWS_AS(empty[Field::mspan_start], std::logic_error);
  CHECK_THROWS_WITH(empty[Field::mspan_start], "bug: field not in this layout: mspan_start");
  CHECK_THROWS_AS(empty.struct_size(Field::mspan_start), std::logic_error);
  CHECK_THROWS_AS(empty.type_size(Type::mspan), std::logic_error);
  CHECK_THROWS_AS(empty[Global::mheap], std::logic_error);
}

TEST_CASE("constants: the target's word first, then the fallback") {
  LiteralTypes types;
  types.constants["runtime._PageSize"] = 16384;
  Findings findings;
  const Constants constants = Constants::bind(types, findings);
  CHECK(constants[Constant::page_size] == 16384);
  CHECK(constants.known(Constant::page_size));
  CHECK(constants[Constant::heap_arena_bytes] == 64 << 20);
  CHECK_FALSE(constants.known(Constant::heap_arena_bytes));
  CHECK_FALSE(findings.partial());
  CHECK(Constants()[Constant::page_size] == 8192);
}

TEST_CASE("layout: types by their newest name") {
  LiteralTypes types = runtime_of(Generation::newest);
  types.sizes["runtime.mspan"] = 1 << 21;
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE(layout);
  REQUIRE(layout->has(Type::mspan));
  CHECK(layout->type_size(Type::mspan) == 1 << 21);
  CHECK((*layout)[Global::mheap].address == 0x500000);
}
