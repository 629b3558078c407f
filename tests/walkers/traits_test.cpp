#include "go/layout/traits.h"

#include "support/catch.h"
#include "support/fake_layout.h"

using namespace memmap;
using namespace memmap::test;

namespace {

go::Traits traits_of(int minor) {
  Findings findings;
  const Result<go::Layout> layout = go::Layout::bind(FakeTypes(minor).types(), findings);
  REQUIRE(layout);
  return go::derive_traits(*layout);
}

}  // namespace

TEST_CASE("traits: each has the releases that its comment says") {
  for (int minor = 11; minor <= 27; ++minor) {
    CAPTURE(minor);
    const go::Traits t = traits_of(minor);
    CHECK(t.linked_chunks == (minor >= 12));
    CHECK(t.page_bitmaps == (minor >= 14));
    CHECK(t.span_sets == (minor >= 15));
    CHECK(t.flush_precedes_inuse == (minor >= 15));
    CHECK(t.consistent_heap_stats == (minor >= 16));
    CHECK(t.arenas_mapped_whole == (minor <= 16));
    CHECK(t.whole_object_chunks == (minor >= 18));
    CHECK(t.heap_in_controller == (minor >= 19));
    CHECK(t.cached_slots_uncounted == (minor >= 19));
    CHECK(t.headroom_percent == (minor >= 21));
    CHECK(t.wide_tagged_pointers == (minor >= 25));
    CHECK(t.weak_handle_kind == (minor >= 25 ? 3 : 2));
  }
}
