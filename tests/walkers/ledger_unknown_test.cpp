// Figures that could not be read are null in the ledger, and all others stand.
#include "support/books.h"

using namespace memmap;
using namespace memmap::test;

namespace {

void check_nothing_remains(const Ledger& ledger) {
  for (const MemStatsLine& l : ledger.memstats) {
    CAPTURE(l.field);
    CHECK(residual(l).value_or(0) == 0);
  }
  for (const ClassLine& l : ledger.classes) {
    CAPTURE(l.name);
    CHECK(residual(l).value_or(0) == 0);
  }
}

}  // namespace

TEST_CASE("ledger: unknown counters are null, and what was found beside them stays") {
  Books b = balanced();
  b.model.counters = {};
  b.model.counters.has_metrics = true;
  const Ledger ledger = b.ledger();
  for (const MemStatsLine& l : ledger.memstats) {
    CAPTURE(l.field);
    CHECK_FALSE(l.counter);
    CHECK_FALSE(l.fraction);
    CHECK_FALSE(residual(l));
  }
  CHECK(line(ledger, "Sys").found == 4456448);
  CHECK(line(ledger, "HeapAlloc").found == 800);
  CHECK(line(ledger, "GCSys").terms.size() == 2);
  CHECK(ledger.classes.size() == 14);
  for (const ClassLine& l : ledger.classes) {
    CAPTURE(l.name);
    CHECK_FALSE(l.counter);
    CHECK(l.found);
    CHECK_FALSE(residual(l));
  }
  CHECK_FALSE(equation(ledger, "Sys").total);
  CHECK_FALSE(residual(equation(ledger, "Sys")));
  CHECK(residual(equation(ledger, "VIRT")) == 8192);
  CHECK(residual(equation(ledger, "anonymous")) == 8192);
}

TEST_CASE("ledger: without a Go runtime nothing is found") {
  Books b;
  add_memory(b);
  const Ledger ledger = b.ledger();
  for (const MemStatsLine& l : ledger.memstats) {
    CAPTURE(l.field);
    CHECK_FALSE(l.counter);
    CHECK_FALSE(l.fraction);
    CHECK_FALSE(l.found);
    CHECK(l.terms.empty());
    CHECK(l.reason.empty());
  }
  CHECK(ledger.classes.empty());
}

TEST_CASE("ledger: object counters that cannot be read are null, not 0") {
  Books b = balanced();
  Counters& c = b.model.counters;
  SECTION("all") { c.mallocs = c.frees = c.total_alloc = c.total_free = c.metric_objects = std::nullopt; }
  SECTION("bytes") { c.total_alloc = c.total_free = c.metric_objects = std::nullopt; }
  const Ledger ledger = b.ledger();
  check_nothing_remains(ledger);
  for (const char* const field : {"Alloc", "TotalAlloc", "HeapAlloc"}) CHECK_FALSE(line(ledger, field).counter);
  CHECK(line(ledger, "HeapAlloc").found == 800);
  CHECK(line(ledger, "HeapObjects").found == 8);
  CHECK(line(ledger, "HeapObjects").counter.has_value() == c.mallocs.has_value());
  CHECK(line(ledger, "Sys").counter == 4456448);
}

TEST_CASE("ledger: without the heap's counters the others stand") {
  Books b = balanced();
  b.model.counters.heap_known = false;
  b.model.counters.heap_inuse = b.model.counters.heap_free = b.model.counters.heap_released = 0;
  const Ledger ledger = b.ledger();
  for (const char* const field : {"Sys", "HeapSys", "HeapIdle", "HeapInuse", "HeapReleased"}) {
    CAPTURE(field);
    CHECK_FALSE(line(ledger, field).counter);
    CHECK(line(ledger, field).found);
  }
  for (const char* const field : {"StackSys", "MSpanSys", "BuckHashSys", "GCSys", "OtherSys"}) {
    CAPTURE(field);
    CHECK(residual(line(ledger, field)) == 0);
  }
  CHECK(line(ledger, "NumGC").counter == 0);
  for (const ClassLine& l : ledger.classes) CHECK(residual(l) == 0);
  CHECK_FALSE(equation(ledger, "Sys").total);
  CHECK(residual(equation(ledger, "anonymous")) == 8192);
}

TEST_CASE("ledger: a recount that was given up is null") {
  Books b = balanced();
  b.model.recount.mspan_inuse = b.model.recount.mcache_inuse = std::nullopt;
  b.model.recount.metric_adjust = std::nullopt;
  const Ledger ledger = b.ledger();
  check_nothing_remains(ledger);
  CHECK(line(ledger, "MSpanInuse").counter == 1600);
  CHECK_FALSE(line(ledger, "MSpanInuse").found);
  CHECK_FALSE(line(ledger, "MCacheInuse").found);
}

TEST_CASE("ledger: a flush that cannot be emulated leaves what it moves unknown") {
  Books b = balanced();
  SECTION("stacks") {
    b.model.flush.stacks_known = false;
    const Ledger ledger = b.ledger();
    for (const char* const field : {"HeapSys", "HeapIdle", "StackInuse", "StackSys"}) {
      CAPTURE(field);
      CHECK_FALSE(line(ledger, field).counter);
      CHECK(line(ledger, field).found);
      CHECK_FALSE(line(ledger, field).reason.empty());
    }
    CHECK(line(ledger, "GCSys").counter == 45056);
    CHECK(line(ledger, "Sys").counter == 4456448);
    CHECK(residual(line(ledger, "MSpanInuse")) == 0);  // to 1.14 it does not depend on them
  }
  SECTION("mspans") {
    b.model.flush.mspans_known = false;
    const Ledger ledger = b.ledger();
    CHECK_FALSE(line(ledger, "MSpanInuse").counter);
    CHECK(line(ledger, "MSpanInuse").found == 1600);
    CHECK_FALSE(line(ledger, "MSpanInuse").reason.empty());
    CHECK(residual(line(ledger, "StackInuse")) == 0);
  }
  SECTION("span sets") {
    b.model.flush.span_sets_known = false;
    const Ledger ledger = b.ledger();
    for (const char* const field : {"GCSys", "OtherSys", "Sys"}) {
      CAPTURE(field);
      CHECK_FALSE(line(ledger, field).counter);
      CHECK_FALSE(line(ledger, field).reason.empty());
    }
    CHECK(line(ledger, "HeapSys").counter);
  }
}

TEST_CASE("ledger: a difference that damage makes negative is null, the figures stand") {
  Books b = balanced();
  const auto in = [](const Ledger& ledger, std::string_view name) {
    for (const ClassLine& l : ledger.classes)
      if (l.name == name) return l;
    throw std::logic_error("no such class");
  };
  SECTION("more in use than the pool has") {
    b.model.counters.mspan_inuse = 16321;
    const Ledger ledger = b.ledger();
    CHECK(residual(line(ledger, "MSpanInuse")) == 16321 - 1600);
    CHECK(residual(in(ledger, "/memory/classes/metadata/mspan/inuse:bytes")) == 16321 - 1600);
    CHECK_FALSE(in(ledger, "/memory/classes/metadata/mspan/free:bytes").counter);
    CHECK(in(ledger, "/memory/classes/metadata/mspan/free:bytes").found == 16320 - 1600);
  }
  SECTION("more freed by the flush than is in use") {
    b.model.flush.mspans_freed = 1601;
    const Ledger ledger = b.ledger();
    CHECK_FALSE(line(ledger, "MSpanInuse").counter);
    CHECK(residual(in(ledger, "/memory/classes/metadata/mspan/inuse:bytes")) == 0);
  }
}

TEST_CASE("ledger: without the pagemap RSS has no terms, and no remainder either") {
  Books b = balanced();
  CHECK(residual(equation(b.ledger(), "RSS")) == 500);
  for (Mapping& m : b.target.mappings) m.resident = m.resident_anonymous = std::nullopt;
  const Ledger ledger = b.ledger();
  CHECK(equation(ledger, "RSS").total == 104596);
  CHECK(equation(ledger, "RSS").terms.empty());
  CHECK_FALSE(residual(equation(ledger, "RSS")));
}

TEST_CASE("ledger: a spine with a mapping of its own is new, and none of OtherSys") {
  Books b = balanced();
  b.model.flush.own_mapping_bytes = 65536;
  const Ledger ledger = b.ledger();
  check_nothing_remains(ledger);
  CHECK(line(ledger, "GCSys").counter == 45056 + 65536);
  CHECK(line(ledger, "OtherSys").counter == 233536);
  CHECK(line(ledger, "Sys").counter == 4456448 + 65536);
  CHECK(line(ledger, "Sys").found == 4456448 + 65536);
  CHECK_FALSE(line(ledger, "GCSys").reason.empty());
}
