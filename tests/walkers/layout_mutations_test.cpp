// Each line of fields.def and types.def spoiled in turn, under a runtime that uses it: a sentence
// and a map, and nothing thrown.
#include "annotate/annotate.h"
#include "go/layout/specs.h"
#include "ledger/ledger.h"
#include "map/address_map.h"
#include "support/catch.h"
#include "support/fake_heap.h"

using namespace memmap;
using namespace memmap::test;

namespace {

constexpr Address kLists = kScratch + 0x10000;

// Something in each structure that the release has.
FakeRuntime busy_runtime(int minor) {
  FakeRuntime fake(minor);
  add_arena(fake);
  add_spans(fake, {{kArena, 1, 1, 64, 128, 3, 10}, {kArena + 8192, 4, 2, 8192, 4, 2, 0}, {kArena + 40960, 2, 2}});
  add_processors(fake, 2);
  const auto has = [&](Field field) { return fake.layout().has(field); };
  fake.put(kScratch, Address(0));
  fake.put(Global::allfin, kLists);
  fake.put(Global::gc_bits_arenas, Field::gc_bits_free, kLists + 0x1000);
  fake.slice(fake.at(Global::allgs), kLists + 0x2000, 1, 4);
  fake.put(kLists + 0x2000, kLists + 0x3000);
  fake.put(kLists + 0x3000, Field::g_stack_lo, kArena + 8192);
  fake.put(kLists + 0x3000, Field::g_stack_hi, kArena + 16384);
  fake.put(Global::allm, kLists + 0x4000);
  fake.put(kLists + 0x4000, Field::m_procid, 4242);
  fake.put(kLists + 0x4000, Field::m_g0, kLists + 0x3000);
  fake.put(Global::mbuckets, kLists + 0x5000);
  fake.put(kLists + 0x5000, Field::bucket_typ, 1);
  fake.put(Global::trace, Field::trace_reading, kLists + 0x20000);
  if (has(Field::work_span_queues)) {
    fake.put(Global::work, Field::work_span_queues, kLists + 0x6000);
    fake.put(kLists + 0x6000, Field::spmc_ring, kLists + 0x7000);
    fake.put(kLists + 0x6000, Field::spmc_cap, 64);
  }
  if (has(Field::cleanups_all)) fake.put(Global::gc_cleanups, Field::cleanups_all, kLists + 0x8000);
  if (has(Field::mheap_immortal_weak)) fake.put(Global::mheap, Field::mheap_immortal_weak, kLists + 0x9000);
  if (has(Field::p_gcw_ptr_buf)) fake.put(p_at(1), Field::p_gcw_ptr_buf, kLists + 0xa000);
  if (has(Field::mheap_pages)) {
    const Address pages = fake.at(Global::mheap, Field::mheap_pages);
    fake.slice(fake.at(pages, Field::page_alloc_in_use), kLists + 0xc000, 1, 16);
    fake.put(kLists + 0xc000, Field::addr_range_base, kArena);
    fake.put(kLists + 0xc000, Field::addr_range_limit, kArena + (4u << 20));
    fake.put(fake.at(p_at(0), Field::p_pcache), Field::page_cache_base, kArena);
    fake.put(fake.at(p_at(0), Field::p_pcache), Field::page_cache_cache, 1ull << 40);
  }
  return fake;
}

struct Spoiling {
  const char* name;
  void (*spoil)(LiteralTypes& types, const std::string& type, FieldPlace& place);
};
constexpr Spoiling kSpoilings[] = {
    {"widened to [32]uintptr",
     [](LiteralTypes& types, const std::string& type, FieldPlace& place) {
       place = {place.offset, 256, 8, 32};
       types.sizes[type] = std::max(types.sizes[type], std::uint64_t{place.offset} + 256);
     }},
    {"shrunk to half",
     [](LiteralTypes&, const std::string&, FieldPlace& place) {
       place = {place.offset, place.size / 2, place.count > 1 ? place.stride : place.size / 2,
                place.count > 1 ? place.count / 2 : 1};
     }},
    {"three bytes at the end of its struct",
     [](LiteralTypes& types, const std::string& type, FieldPlace& place) {
       place = {static_cast<std::uint32_t>(types.sizes[type] - 3), 3, 3, 1};
     }},
    {"2^32 elements of nothing",
     [](LiteralTypes&, const std::string&, FieldPlace& place) {
       place = {place.offset, place.size, 0, 0xffffffff};
     }},
    {"16 bytes",
     [](LiteralTypes&, const std::string&, FieldPlace& place) {
       place = {place.offset, 16, 16, 1};
     }},
};

// Whatever the layout is: a sentence (with the name `what` in it), or walkers that end and a map that adds up.
void check_survives(const LiteralTypes& types, const FakeRuntime& busy, const char* what, bool must_be_said) {
  Findings findings;
  const Result<go::Layout> layout = go::Layout::bind(types, findings);
  if (must_be_said) {
    const std::string name = std::string(what) + " ";  // not one that it begins
    const auto names_it = [&](const Findings::Entry& entry) { return entry.message.find(name) != std::string::npos; };
    if (*what != '\0') CHECK(std::count_if(findings.entries().begin(), findings.entries().end(), names_it) == 1);
    CHECK(findings.partial());
  }
  if (!layout) return;
  Model model;
  const go::Runtime runtime(*layout, busy.target, 0);
  REQUIRE_NOTHROW(go::run_walkers(runtime, model, findings));
  std::vector<Claim> claims;
  for (const Annotator& annotator : kAnnotators) annotator.run(model, claims);
  const AddressMap map = AddressMap::resolve(busy.target.mappings, std::move(claims), findings);
  std::uint64_t mapped = 0, self = 0;
  for (const Mapping& mapping : busy.target.mappings) mapped += mapping.range.size();
  for (const Node& node : map.nodes()) self += node.self_bytes;
  CHECK(self == mapped);
  REQUIRE_NOTHROW(reconcile(busy.target, model, map));
  for (const Findings::Entry& entry : findings.entries()) CHECK(entry.code != "walker_failed");
}

bool same(const FieldPlace& a, const FieldPlace& b) {
  return a.offset == b.offset && a.size == b.size && a.stride == b.stride && a.count == b.count;
}

}  // namespace

TEST_CASE("layout mutations: each field that a release has, renamed and of another shape") {
  const int minor = GENERATE(11, 18, 27);
  const FakeRuntime busy = busy_runtime(minor);
  const LiteralTypes whole = FakeTypes(minor).types();
  for (const go::FieldSpec& field : go::kFields) {
    const std::string type = std::string(field.type).substr(0, std::string_view(field.type).find('|'));
    const auto place = whole.fields.find({type, field.spellings[0]});
    if (place == whole.fields.end()) continue;
    INFO("1." << minor << " " << field.id);
    LiteralTypes renamed = whole;
    renamed.fields.erase(place->first);
    check_survives(renamed, busy, field.what, false);
    for (const Spoiling& spoiling : kSpoilings) {
      LiteralTypes types = whole;
      FieldPlace& spoilt = types.fields[place->first];
      spoiling.spoil(types, type, spoilt);
      INFO(spoiling.name);
      const bool still_right = same(spoilt, place->second) || !go::misfit(field.shape, spoilt, types);
      // A struct that has grown does not fit into another one, which is then the field that is named.
      const bool grown = types.sizes != whole.sizes;
      check_survives(types, busy, grown ? "" : field.what, !still_right);
    }
  }
}

TEST_CASE("layout mutations: each type that a release has, gone and of another size") {
  const int minor = GENERATE(11, 18, 27);
  const FakeRuntime busy = busy_runtime(minor);
  const LiteralTypes whole = FakeTypes(minor).types();
  for (const auto& [type, size] : whole.sizes) {
    INFO("1." << minor << " " << type);
    LiteralTypes types = whole;
    types.sizes.erase(type);
    check_survives(types, busy, "", false);
    for (const std::uint64_t wrong : {std::uint64_t{0}, std::uint64_t{3}, size - 1, std::uint64_t{1} << 40}) {
      types.sizes[type] = wrong;
      check_survives(types, busy, "", false);
    }
  }
}

TEST_CASE("walkers: one that throws costs what it would have found") {
  const FakeRuntime busy = busy_runtime(27);
  const go::Walker all[] = {
      {"spans", go::walk_spans, go::Needs("")},
      {"broken", [](const go::Runtime&, Model&, Findings&) { throw std::logic_error("bug: no such field"); },
       go::Needs("")},
      {"stacks", go::walk_stacks, go::Needs("")},
  };
  Model model;
  Findings findings;
  go::run_walkers(busy.runtime(), model, findings, all);
  CHECK(model.spans.size() == 3);
  CHECK(model.stacks.size() == 2);
  CHECK_FALSE(model.flush.stacks_known);
  REQUIRE(findings.partial());
  const auto& said = findings.entries();
  const auto failed = std::find_if(said.begin(), said.end(),
                                   [](const Findings::Entry& entry) { return entry.code == "walker_failed"; });
  REQUIRE(failed != said.end());
  CHECK(failed->message == "walker broken did not end (bug: no such field): what it would have found is missing");
}

TEST_CASE("walkers: they end when they are interrupted") {
  const FakeRuntime busy = busy_runtime(27);
  std::atomic<bool> asked = false;
  const go::Runtime runtime(busy.layout(), busy.target, 0, Cancellation(&asked));
  const go::Walker all[] = {{"stacks", go::walk_stacks, go::Needs("")}};
  Model model;
  Findings findings;
  go::run_walkers(runtime, model, findings, all);
  asked = true;
  CHECK_THROWS_AS(go::run_walkers(runtime, model, findings, all), Interrupted);
  CHECK_THROWS_AS(go::walk_stacks(runtime, model, findings), Interrupted);
}
