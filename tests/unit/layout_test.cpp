#include "go/layout/layout.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "go/layout/specs.h"
#include "support/catch.h"
#include "support/shape_places.h"

using namespace memmap;
using namespace memmap::go;
using test::LiteralTypes;

namespace {

enum class Generation { oldest, newest };

std::string spelling_of(const FieldSpec& field, Generation generation) {
  std::string chosen = field.spellings[0];
  for (const char* const spelling : field.spellings)
    if (spelling != nullptr && generation == Generation::oldest) chosen = spelling;
  return chosen;
}

std::string type_of(const FieldSpec& field, Generation generation) {
  const std::string type = field.type;
  const std::size_t bar = generation == Generation::newest ? type.find('|') : type.rfind('|');
  if (bar == std::string::npos) return type;
  return generation == Generation::newest ? type.substr(0, bar) : type.substr(bar + 1);
}

// Structs that are fields of others are small, those that hold arrays of them are large.
std::uint64_t struct_size(const std::string& type) {
  if (type == "runtime.mcentral" || type == "runtime.pageAlloc") return 1 << 14;
  const auto holds_it = [&](const FieldSpec& field) { return field.shape.type != nullptr && type == field.shape.type; };
  return std::any_of(std::begin(kFields), std::end(kFields), holds_it) ? 1 << 10 : 1 << 20;
}

// A runtime that has every group and spells everything as its generation does.
LiteralTypes runtime_of(Generation generation) {
  LiteralTypes types;
  for (const FieldSpec& field : kFields) {
    const std::string type = type_of(field, generation);
    types.sizes[type] = struct_size(type);
  }
  for (const TypeSpec& type : kTypes) {
    const auto known = [&](const char* spelling) { return spelling != nullptr && types.sizes.count(spelling) != 0; };
    if (std::none_of(type.spellings.begin(), type.spellings.end(), known)) types.sizes[type.spellings[0]] = 64;
  }
  std::map<std::string, std::uint32_t> used;
  for (const FieldSpec& field : kFields) {
    FieldPlace place = test::natural_place(field.shape, types);
    std::uint32_t& offset = used[type_of(field, generation)];
    place.offset = offset;
    offset += place.size;
    types.fields[{type_of(field, generation), spelling_of(field, generation)}] = place;
  }
  for (const GlobalSpec& global : kGlobals)
    for (const char* const spelling : global.spellings)
      if (spelling != nullptr) types.globals[spelling] = {0x500000, 8};
  return types;
}

const FieldSpec& line_of(Field field) { return kFields[position(field)]; }
Need need_of(const FieldSpec& field) { return kGroups[position(field.group)].need; }

std::pair<std::string, std::string> key_of(const FieldSpec& field) {
  return {type_of(field, Generation::newest), field.spellings[0]};
}

// Whether the field alone says that there is a group.
bool is_only_sign(const FieldSpec& field) {
  return std::count_if(
             std::begin(kFields), std::end(kFields),
             [&](const FieldSpec& other) { return other.group == field.group && other.role == Role::sign; }) == 1 &&
         field.role == Role::sign;
}

std::vector<std::string> messages(const Findings& findings, Severity severity) {
  std::vector<std::string> found;
  for (const Findings::Entry& entry : findings.entries())
    if (entry.severity == severity) found.push_back(entry.message);
  return found;
}

// The group of `field` is not there, and what is said of it names the field.
void check_lost(const LiteralTypes& types, const FieldSpec& field, bool noticed) {
  INFO(field.id);
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  const bool fatal = need_of(field) != Need::optional && noticed;
  REQUIRE(layout.has_value() == !fatal);
  if (fatal) CHECK(layout.error().what == std::string_view(field.what));
  const std::vector<std::string> said = messages(findings, fatal     ? Severity::error
                                                           : noticed ? Severity::warning
                                                                     : Severity::note);
  const auto names_it = [&](const std::string& sentence) { return sentence.find(field.what) != std::string::npos; };
  CHECK(std::count_if(said.begin(), said.end(), names_it) == 1);
  if (fatal) return;
  CHECK(messages(findings, Severity::error).empty());
  for (std::size_t i = 0; i < std::size(kFields); ++i)
    if (kFields[i].group == field.group) CHECK_FALSE(layout->has(static_cast<Field>(i)));
  CHECK(layout->broken(field.group) == noticed);
}

}  // namespace

TEST_CASE("layout: each field has the spelling of its generation") {
  const Generation generation = GENERATE(Generation::oldest, Generation::newest);
  Findings findings;
  const LiteralTypes types = runtime_of(generation);
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE(layout);
  for (std::size_t i = 0; i < std::size(kFields); ++i) {
    INFO(kFields[i].id);
    const auto field = static_cast<Field>(i);
    REQUIRE(layout->has(field));
    CHECK(layout->spelling(field) == spelling_of(kFields[i], generation));
    CHECK(layout->struct_size(field) == struct_size(type_of(kFields[i], generation)));
    CHECK(name(field) == std::string_view(kFields[i].id));
  }
  for (std::size_t i = 0; i < std::size(kGroups); ++i) CHECK(layout->has(static_cast<Group>(i)));
  CHECK_FALSE(findings.partial());
}

TEST_CASE("layout: a field that is missing takes its group along, in one sentence") {
  for (const FieldSpec& field : kFields) {
    LiteralTypes types = runtime_of(Generation::newest);
    types.fields.erase(key_of(field));
    // Another field may be spelled like an older spelling of this one.
    if (types.find(type_of(field, Generation::newest), spelling_of(field, Generation::oldest))) continue;
    check_lost(types, field, !is_only_sign(field));
  }
}

TEST_CASE("layout: a field of another shape takes its group along") {
  const FieldPlace wrong = GENERATE(FieldPlace{0, 256, 8, 32},          // [32]uintptr in place of a word
                                    FieldPlace{0, 3, 3, 1},             // no number
                                    FieldPlace{0, 16, 16, 1},           // two words
                                    FieldPlace{0, 64, 0, 0xffffffff},   // an array of nothing
                                    FieldPlace{0, 64, 1, 0xffffffff});  // more elements than bytes
  for (const FieldSpec& field : kFields) {
    using Kind = Shape::Kind;
    const Kind kind = field.shape.kind;
    const bool takes_structs = (kind == Kind::of || kind == Kind::each) && field.shape.type == nullptr;
    if (kind == Kind::any || (kind == Kind::bits && wrong.size >= 64) ||
        (kind == Kind::words && (wrong.size == 256 || wrong.size == 16)) ||
        (kind == Kind::pointers && wrong.size == 256) || (kind == Kind::numbers && wrong.size == 256) ||
        (takes_structs && wrong.stride != 0 && wrong.count < 64))
      continue;  // is right
    LiteralTypes types = runtime_of(Generation::newest);
    FieldPlace& place = types.fields[key_of(field)];
    const std::uint32_t offset = place.offset;
    place = wrong;
    place.offset = offset;
    check_lost(types, field, true);
  }
}

TEST_CASE("layout: a field outside its struct, or in one that is no struct, is not believed") {
  for (const FieldSpec& field : kFields) {
    LiteralTypes types = runtime_of(Generation::newest);
    FieldPlace& place = types.fields[key_of(field)];
    const auto size = static_cast<std::uint32_t>(types.sizes[type_of(field, Generation::newest)]);
    place.offset = size - place.size;
    Findings findings;
    INFO(field.id);
    CHECK(Layout::bind(types, findings));
    place.offset = size - place.size + 1;
    check_lost(types, field, true);
    place.offset = 0xfffffff8;
    check_lost(types, field, true);
  }
  LiteralTypes types = runtime_of(Generation::newest);
  types.sizes["runtime.m"] = std::uint64_t{1} << 32;
  Findings findings;
  CHECK(Layout::bind(types, findings).error().code == FaultCode::implausible);
}

TEST_CASE("layout: one fault is returned, the others are findings") {
  LiteralTypes types = runtime_of(Generation::newest);
  for (const Field field : {Field::mspan_start, Field::mspan_npages}) types.fields.erase(key_of(line_of(field)));
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE_FALSE(layout);
  CHECK(layout.error().what == std::string_view("runtime.mspan.startAddr"));
  CHECK(messages(findings, Severity::error) ==
        std::vector<std::string>{"runtime.mspan.startAddr is not found", "runtime.mspan.npages is not found"});
}

TEST_CASE("layout: a struct that the linker dropped takes its group along without a word") {
  for (const FieldSpec& field : kFields) {
    if (field.role != Role::linked) continue;
    LiteralTypes types = runtime_of(Generation::newest);
    types.sizes.erase(type_of(field, Generation::newest));
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(field.id);
    REQUIRE(layout);
    CHECK_FALSE(layout->has(field.group));
    CHECK_FALSE(layout->broken(field.group));
    CHECK_FALSE(findings.partial());
  }
}

// Go 1.26 and 1.27 with GOEXPERIMENT=nogreenteagc.
TEST_CASE("layout: without signs of it the program does not have a group") {
  LiteralTypes types = runtime_of(Generation::newest);
  types.sizes.erase("runtime.spanSPMC");
  SECTION("the struct is dropped") {}
  SECTION("the struct is another one") {
    types.sizes["runtime.spanSPMC"] = 16;
    types.fields.erase({"runtime.spanSPMC", "ring"});
    types.fields.erase({"runtime.spanSPMC", "cap"});
  }
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE(layout);
  CHECK_FALSE(layout->has(Group::span_queues));
  CHECK_FALSE(layout->has(Field::work_span_queues));
  CHECK_FALSE(layout->has(Field::mheap_spmc_alloc));
  CHECK_FALSE(findings.partial());
}

TEST_CASE("layout: a release that has none of a choice is said, and all of it is in doubt") {
  LiteralTypes types = runtime_of(Generation::newest);
  types.fields.erase(key_of(line_of(Field::delta_tiny_alloc_count)));
  types.fields.erase(key_of(line_of(Field::stats_tinyallocs)));
  Findings findings;
  const Result<Layout> layout = Layout::bind(types, findings);
  REQUIRE(layout);
  CHECK(layout->broken(Group::tiny_in_heap_stats));
  CHECK(layout->broken(Group::tiny_in_memstats));
  CHECK(messages(findings, Severity::warning) ==
        std::vector<std::string>{"tiny objects cannot be read: runtime.heapStatsDelta.tinyAllocCount is not found, nor "
                                 "what other releases have in its place"});
}

TEST_CASE("layout: a missing or absurd required global is named") {
  for (const GlobalSpec& global : kGlobals) {
    LiteralTypes types = runtime_of(Generation::newest);
    const bool absurd = GENERATE(false, true);
    for (const char* const spelling : global.spellings) {
      if (spelling == nullptr) continue;
      types.globals.erase(spelling);
      if (absurd) types.globals[spelling] = {0x500000, std::uint64_t{1} << 40};
    }
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(global.id);
    REQUIRE(layout.has_value() == (global.need != Need::required));
    if (!layout) CHECK(layout.error().what == std::string_view(global.spellings[0]));
    CHECK(findings.partial() == (absurd || !layout));
  }
}

TEST_CASE("layout: a type without a plausible size is not believed") {
  const std::uint64_t size = GENERATE(std::uint64_t{0}, std::uint64_t{1} << 25);
  for (const TypeSpec& type : kTypes) {
    LiteralTypes types = runtime_of(Generation::newest);
    types.sizes[type.spellings[0]] = size;
    Findings findings;
    const Result<Layout> layout = Layout::bind(types, findings);
    INFO(type.id);
    CHECK(findings.partial());
    if (layout) CHECK(layout->broken(type.group));
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
