// Model and map in, lines and remainders out. The small process of books.h adds up to the byte.
#include "support/books.h"

using namespace memmap;
using namespace memmap::test;

TEST_CASE("ledger: a balanced process has no remainder on any line") {
  Books b = balanced();
  const Ledger ledger = b.ledger();
  check_no_residuals(ledger);
  CHECK(line(ledger, "Sys").counter == 4456448);
  CHECK(line(ledger, "HeapSys").counter == 819200 * 2 + 2490368);
  CHECK(line(ledger, "HeapAlloc").counter == 800);
  CHECK(line(ledger, "HeapObjects").found == 8);
  CHECK(line(ledger, "GCSys").found == 45056);
  CHECK(line(ledger, "OtherSys").found == 233536);
  CHECK_FALSE(line(ledger, "NumGC").found);
  CHECK(ledger.classes.size() == 14);
  CHECK(ledger.mapped == (64 << 20) + (256 << 10) + 8192 + 4096);
  CHECK(ledger.unknown == 8192);
  CHECK(ledger.uncounted == (60 << 20) + 4096);
}

TEST_CASE("ledger: outgrown arrays have a size and no place, and leave other_sys") {
  Books b = balanced();
  b.model.unplaced.push_back({"outgrown spines", 3 << 20, 0});  // mappings of their own
  b.model.counters.gc_misc_sys += 3 << 20;
  const Ledger ledger = b.ledger();
  check_no_residuals(ledger);
  const Term* in_gc = term(line(ledger, "GCSys").terms, "outgrown arena lists");
  REQUIRE(in_gc != nullptr);
  CHECK_FALSE(in_gc->placed);
  CHECK_FALSE(in_gc->subtracted);
  const Term* in_other = term(line(ledger, "OtherSys").terms, "outgrown arrays in chunks, charged to gc_misc_sys");
  REQUIRE(in_other != nullptr);
  CHECK(in_other->bytes == 12288);
  CHECK(in_other->subtracted);
  CHECK(residual(equation(ledger, "Sys")) == 0);
  const Term* own = term(equation(ledger, "Sys").terms, "outgrown arrays with mappings of their own");
  REQUIRE(own != nullptr);
  CHECK(own->bytes == 3 << 20);
}

TEST_CASE("ledger: a remainder has the sign of counter minus found") {
  const std::int64_t off = GENERATE(8192, -8192);
  Books b = balanced();
  b.model.counters.heap_inuse += static_cast<std::uint64_t>(off);
  const Ledger ledger = b.ledger();
  CHECK(residual(line(ledger, "HeapInuse")) == off);
  CHECK(residual(line(ledger, "HeapSys")) == off);
  CHECK(residual(line(ledger, "Sys")) == off);
  CHECK(residual(line(ledger, "HeapIdle")) == 0);
  CHECK(residual(equation(ledger, "Sys")) == off);
  CHECK(residual(equation(ledger, "anonymous")) == 8192 - off);
}

TEST_CASE("ledger: what the flush moves is on both sides and has a reason") {
  Books b = balanced();
  b.model.flush = {32768, 6168, 1, 160, 0};
  const Ledger ledger = b.ledger();
  check_no_residuals(ledger);
  CHECK(line(ledger, "HeapIdle").counter == 819200 + 2490368 + 32768);
  CHECK(line(ledger, "StackInuse").counter == 0);
  CHECK(line(ledger, "MSpanInuse").counter == 1440);
  CHECK(line(ledger, "GCSys").counter == 45056 + 6168);
  CHECK(line(ledger, "OtherSys").counter == 233536 + 262144 - 6168);
  CHECK(line(ledger, "Sys").counter == 4456448 + 262144);
  for (const char* const field : {"HeapSys", "HeapIdle", "GCSys", "OtherSys", "Sys"}) {
    CAPTURE(field);
    CHECK_FALSE(line(ledger, field).reason.empty());
  }
  CHECK(line(ledger, "HeapInuse").reason.empty());
  const Term* freed = term(line(ledger, "StackInuse").terms, "stack spans that the flush frees");
  REQUIRE(freed != nullptr);
  CHECK(freed->subtracted);
}

TEST_CASE("ledger: stale cached spans make object counts uncertain") {
  Books b = balanced();
  b.model.flush.stale_spans = 3;
  const Ledger ledger = b.ledger();
  CHECK(line(ledger, "HeapAlloc").reason.find("3 spans") == 0);
  CHECK(line(ledger, "HeapObjects").reason.find("3 spans") == 0);
  CHECK(line(ledger, "Sys").reason.empty());
}

TEST_CASE("ledger: 1.11's released pages without a place") {
  Books b = balanced();
  b.model.counters.heap_free -= 3 * kPageRun;
  b.model.counters.heap_released += 3 * kPageRun;
  b.model.counters.has_metrics = false;
  b.model.recount.released_uncertain = 3 * kPageRun;
  const Ledger ledger = b.ledger();
  check_no_residuals(ledger);
  CHECK(line(ledger, "HeapReleased").found == 2490368 + 3 * kPageRun);
  CHECK(ledger.classes.empty());
}

TEST_CASE("equations: unknown memory is the remainder") {
  Books b = balanced();
  const Ledger ledger = b.ledger();
  const Equation& virt = equation(ledger, "VIRT");
  CHECK(virt.total == (64 << 20) + (256 << 10) + 8192 + 4096);
  CHECK(residual(virt) == 8192);
  REQUIRE(virt.terms.size() == 3);
  CHECK(term(virt.terms, "counted by the Go runtime")->bytes == 4456448);
  CHECK(term(virt.terms, "reserved")->bytes == 60 << 20);
  CHECK(term(virt.terms, "ELF images")->bytes == 4096);
  CHECK(equation(ledger, "anonymous").total == (4 << 20) + (256 << 10) + 8192);
  CHECK(residual(equation(ledger, "anonymous")) == 8192);
  CHECK(residual(equation(ledger, "Sys")) == 0);
  CHECK(residual(equation(ledger, "RSS")) == 500);
  CHECK(term(equation(ledger, "RSS").terms, "files")->bytes == 4096);
}

TEST_CASE("equations: counted memory that became inaccessible leaves the anonymous total") {
  Books b = balanced();
  // GODEBUG=harddecommit takes the permissions of released pages.
  const Address split = kArena + 208 * kPageRun;
  b.target.mappings[1].range.end = split;
  b.target.mappings.insert(b.target.mappings.begin() + 2, mapping({split, kArena + (4 << 20)}, false));
  const Ledger ledger = b.ledger();
  const Equation& anonymous = equation(ledger, "anonymous");
  const Term* gone = term(anonymous.terms, "counted and not accessible");
  REQUIRE(gone != nullptr);
  CHECK(gone->bytes == 2490368);
  CHECK(gone->subtracted);
  CHECK(residual(anonymous) == 8192);
}

TEST_CASE("equations: without the kernel's totals there is no remainder to show") {
  Books b = balanced();
  b.target.totals = {};
  const Ledger ledger = b.ledger();
  CHECK_FALSE(residual(equation(ledger, "VIRT")));
  CHECK_FALSE(residual(equation(ledger, "RSS")));
}

TEST_CASE("residual: absurd figures wrap instead of overflowing") {
  MemStatsLine l;
  l.counter = 0;
  l.found = ~0ull;
  CHECK(residual(l) == 1);
  Equation e{"", 0, {{"a", ~0ull, true, true}, {"b", 2, true, false}}};
  CHECK(residual(e) == -3);
}
