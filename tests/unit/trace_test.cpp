// Traces from literals: what encloses a call, who made which memory, and that a log survives its
// way through JSON lines.
#include <algorithm>

#include <sys/mman.h>

#include "report/report.h"
#include "support/catch.h"
#include "support/string_output.h"
#include "support/temp_file.h"
#include "trace/births.h"
#include "trace/enclosing.h"
#include "trace/history.h"
#include "trace/lines.h"
#include "trace/read_events.h"
#include "trace/rows.h"
#include "trace/sums.h"

namespace memmap::trace {
namespace {

// Functions of a stack, innermost first. A name that begins with '<' is inlined into the next.
StackId stack_of(Log& log, std::initializer_list<std::string_view> functions) {
  std::vector<Frame> frames;
  std::uint64_t pc = 0x401000;
  for (std::string_view function : functions) {
    const bool inlined = function.starts_with('<');
    if (inlined) function.remove_prefix(1);
    frames.push_back({log.text(function), log.text("/go/mem.go"), 7, Address(pc)});
    if (!inlined) pc += 0x10;
  }
  return log.stack(frames);
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

Event event_of(Operation operation, std::uint64_t address, std::uint64_t size, Sequence parent = 0) {
  Event event;
  event.operation = operation;
  event.address = Address(address);
  event.size = size;
  event.parent = parent;
  event.protection = PROT_READ | PROT_WRITE;
  event.flags = MAP_PRIVATE | MAP_ANONYMOUS;
  return event;
}

// The log that a file of these operations gives.
tl::expected<std::shared_ptr<Log>, std::string> read_back(const Log& log, const Operations& wanted) {
  Report report;
  report.verb = "trace";
  report.tables.push_back(event_table(log, wanted));
  test::StringOutput out;
  Writer writer(out, nullptr, false);
  render_jsonl(report, {}, writer);
  writer.flush();
  const test::TempFile file(bytes_of(out.text));
  return read_events(file.path());
}

std::vector<std::string> calls_of(const CallSite& site) {
  std::vector<std::string> names;
  for (const EnclosingCall& call : site.calls) names.emplace_back(info(call.operation).id);
  return names;
}

TEST_CASE("the functions around a system call are read off its stack") {
  Log log;
  const auto site_of = [&](std::initializer_list<std::string_view> functions) {
    return call_site(log, log.frames(stack_of(log, functions)));
  };
  SECTION("one inside the other, the outermost first") {
    const CallSite site = site_of({"runtime.sysMmap", "<runtime.mmap", "runtime.sysAllocOS", "runtime.sysAlloc",
                                   "runtime.persistentalloc1", "runtime.persistentalloc.func1", "runtime.systemstack",
                                   "runtime.persistentalloc", "runtime.(*fixalloc).alloc", "main.main"});
    CHECK(calls_of(site) == std::vector<std::string>{"persistentalloc", "sysAlloc"});
    CHECK(site.function == "runtime.(*fixalloc).alloc");
    CHECK(kind_at(site, Operation::sysAlloc, 256 << 10) == Kind::persistent_chunk);
    CHECK(site_text(log, 1, site) == "(*fixalloc).alloc ← main.main");
  }
  SECTION("an operation by its OS part alone, and one that was inlined") {
    CHECK(calls_of(site_of({"runtime.sysMmap", "runtime.sysReserveOS", "runtime.sysReserveAligned"})) ==
          std::vector<std::string>{"sysReserve"});
    const CallSite site = site_of({"runtime.sysMmap", "<runtime.sysMap", "runtime.(*mheap).grow"});
    REQUIRE(site.calls.size() == 1);
    CHECK(site.calls.front().inlined);
    CHECK(kind_at(site, Operation::sysMap, 4 << 20) == Kind::heap_arena);
    CHECK(name(charge_at(Operation::sysMap, Kind::heap_arena, false)) == "heap_released");
    CHECK(name(charge_at(Operation::sysMap, Kind::heap_arena, true)) == "heap_sys");
  }
  SECTION("the way to the kernel is never who asked, in any release") {
    for (const std::string_view stub :
         {"syscall.Syscall6", "runtime/internal/syscall.Syscall6", "internal/runtime/syscall.Syscall6",
          "internal/runtime/syscall/linux.Syscall6"}) {
      INFO(stub);
      CHECK(site_of({stub, "syscall.RawSyscall6", "main.take"}).function == "main.take");
    }
  }
  SECTION("what only looks like one") {
    const CallSite site = site_of({"syscall.Syscall6", "runtime.(*mheap).sysAlloc", "main.sysAlloc"});
    CHECK(site.calls.empty());
    CHECK(site.function == "runtime.(*mheap).sysAlloc");
  }
  SECTION("the heap index, the heapArena and the list of arenas come from the same function") {
    const CallSite site =
        site_of({"runtime.sysMmap", "runtime.sysAlloc", "runtime.persistentalloc1", "runtime.(*mheap).sysAlloc"});
    CHECK(kind_at(site, Operation::sysAlloc, 32 << 20) == Kind::heap_index);
    CHECK(kind_at(site, Operation::sysAlloc, 69648) == Kind::heap_arena_struct);
    CHECK(kind_at(site, Operation::persistentalloc, 4096) == Kind::arena_list);
  }
}

TEST_CASE("a birth is the last and innermost call that made the memory") {
  Log log;
  const Sequence reserve = log.add(event_of(Operation::sysReserve, 0xc000000000, 64 << 20));
  const Sequence first = log.add(event_of(Operation::sysMap, 0xc000000000, 4 << 20));
  const Sequence second = log.add(event_of(Operation::sysMap, 0xc000400000, 4 << 20));
  const Sequence piece = log.add(event_of(Operation::persistentalloc, 0x7f0000000040, 64));
  const Sequence chunk = log.add(event_of(Operation::sysAlloc, 0x7f0000000000, 256 << 10, piece));
  log.add(event_of(Operation::mmap, 0x7f0000000000, 256 << 10, chunk));
  const Births births(log);

  CHECK(births.of({Address(0xc000002000), Address(0xc000004000)}).sequence == first);
  CHECK(births.of({Address(0xc000800000), Address(0xc004000000)}).sequence == reserve);
  const Birth both = births.of({Address(0xc000000000), Address(0xc000800000)});
  CHECK(both.sequence == first);
  CHECK(both.others == 1);
  CHECK(births.of({Address(0xc000400000), Address(0xc000402000)}).sequence == second);
  // The piece was carved out of the chunk that was made for its sake: it is not older than it.
  CHECK(births.of({Address(0x7f0000000040), Address(0x7f0000000080)}).sequence == piece);
  CHECK(births.of({Address(0x7f0000000000), Address(0x7f0000040000)}).sequence == chunk);
  CHECK(births.of({Address(0x500000), Address(0x501000)}).sequence == 0);
  CHECK(births.gone().empty());
}

TEST_CASE("what was given back has no birth, and is listed") {
  Log log;
  const Sequence old = log.add(event_of(Operation::sysAlloc, 0x7f0000000000, 65536));
  const Sequence kept = log.add(event_of(Operation::sysAlloc, 0x7f0000100000, 8000));
  const Sequence give_back = log.add(event_of(Operation::sysFree, 0x7f0000000000, 65536));
  log.add(event_of(Operation::munmap, 0x7f0000000000, 65536, give_back));
  SECTION("all of it") {
    const Births births(log);
    CHECK(births.gone() == std::vector<Sequence>{old});
    CHECK(births.freed_by(give_back) == old);
    CHECK(births.of({Address(0x7f0000000000), Address(0x7f0000001000)}).sequence == 0);
    CHECK(births.of({Address(0x7f0000100000), Address(0x7f0000101000)}).sequence == kept);
  }
  SECTION("the middle of a piece") {
    const Sequence large = log.add(event_of(Operation::mmap, 0x7f1000000000, 0x3000));
    log.add(event_of(Operation::munmap, 0x7f1000001000, 0x1000));
    const Births births(log);
    CHECK(births.of({Address(0x7f1000000000), Address(0x7f1000001000)}).sequence == large);
    CHECK(births.of({Address(0x7f1000001000), Address(0x7f1000002000)}).sequence == 0);
    CHECK(births.of({Address(0x7f1000002000), Address(0x7f1000003000)}).sequence == large);
  }
  SECTION("and taken again by another") {
    const Sequence again = log.add(event_of(Operation::sysAlloc, 0x7f0000000000, 4096));
    CHECK(Births(log).of({Address(0x7f0000000000), Address(0x7f0000001000)}).sequence == again);
  }
  SECTION("a call that failed made nothing") {
    Event failed = event_of(Operation::mmap, 0x7f2000000000, 4096);
    failed.error = 12;
    log.add(failed);
    CHECK(Births(log).of({Address(0x7f2000000000), Address(0x7f2000001000)}).sequence == 0);
  }
}

TEST_CASE("sums count a call inside another once") {
  Log log;
  const Sequence outer = log.begin(event_of(Operation::persistentalloc, 0, kNoSize));
  Event inner = event_of(Operation::sysAlloc, 0x7f0000000000, 256 << 10, outer);
  inner.charge = charge_of(Counter::other_sys);
  log.add(inner);
  log.event(outer).charge = charge_of(Counter::other_sys);
  Event reserved = event_of(Operation::mmap, 0x7f1000000000, 1 << 20);
  reserved.protection = PROT_NONE;
  log.add(reserved);

  const std::vector<Sum> by_counter = sums(log, Operations().set(), SumBy::counter);
  REQUIRE(by_counter.size() == 2);
  CHECK(by_counter[0].label == "counter not known");
  CHECK(by_counter[0].reserved == 1 << 20);
  CHECK(by_counter[1].label == "other_sys");
  CHECK(by_counter[1].count == 1);
  CHECK(by_counter[1].taken == 256 << 10);  // of the chunk: the piece's own size is not known
  CHECK(sums(log, Operations().set(), SumBy::operation).size() == 3);
}

TEST_CASE("lines wait for a call that is under way, and keep their order") {
  Log log;
  const Sequence first = log.begin(event_of(Operation::mmap, 0, 4096));
  log.add(event_of(Operation::munmap, 0x7f0000000000, 4096));
  Lines lines(log, {});
  std::string text;
  lines.append(text);
  CHECK(text.empty());
  log.end(first, Address(0x7f1000000000));
  lines.append(text);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find("7f1000000000") < text.find("munmap"));
}

TEST_CASE("births are of all traces of a process, each with its own numbers") {
  const auto first = std::make_shared<Log>();
  const auto second = std::make_shared<Log>();
  first->add(event_of(Operation::sysAlloc, 0x7f0000000000, 65536));
  const Sequence freed = first->add(event_of(Operation::sysAlloc, 0x7f0000100000, 65536));
  second->text("of the second alone");  // so that the numbers of texts differ
  Event event = event_of(Operation::sysAlloc, 0x7f0000200000, 65536);
  event.stack = stack_of(*second, {"runtime.sysAlloc", "main.second"});
  const Sequence parent = second->add(event);
  second->add(event_of(Operation::mmap, 0x7f0000200000, 65536, parent));
  second->add(event_of(Operation::sysFree, 0x7f0000100000, 65536));
  const History history = History().with(first).with(second);
  REQUIRE(history.last == second);
  const Log& all = *history.all;
  REQUIRE(all.size() == 5);
  CHECK(all.traces() == 2);
  const Births births(all);
  const auto place_of = [&](std::uint64_t begin) {
    const Log::Place place = all.place(births.of({Address(begin), Address(begin + 4096)}).sequence);
    return std::pair(place.trace, place.sequence);
  };
  CHECK(place_of(0x7f0000000000) == std::pair(std::uint32_t{1}, Sequence{1}));
  CHECK(place_of(0x7f0000200000) == std::pair(std::uint32_t{2}, parent));
  CHECK(births.gone() == std::vector<Sequence>{freed});
  CHECK(births.held() == std::vector<AddressRange>{{Address(0x7f0000000000), Address(0x7f0000010000)},
                                                   {Address(0x7f0000200000), Address(0x7f0000210000)}});
  CHECK(all.event(4).parent == 3);
  const std::span<const Frame> frames = all.frames(all.event(3).stack);
  REQUIRE(frames.size() == 2);
  CHECK(all.text(frames[1].function) == "main.second");
  CHECK(first->size() == 2);
  CHECK(history.findings.entries().empty());
}

TEST_CASE("traces outlive the logs that they were put together from") {
  History history;
  for (std::uint64_t trace = 0; trace < 4; ++trace) {
    const auto log = std::make_shared<Log>();
    Event event = event_of(Operation::sysAlloc, 0x7f0000000000 + 0x100000 * trace, 65536);
    const std::string own = "main.a function with a name that no string holds in itself, " + std::to_string(trace);
    event.stack = stack_of(*log, {"runtime.persistentalloc with a name that no string holds in itself", own});
    log->add(event);
    history = history.with(log);
  }
  Log all(*history.all);
  history = {};
  REQUIRE(all.traces() == 4);
  const TextId shared = all.frames(all.event(1).stack)[0].function;
  for (Sequence sequence = 1; sequence <= 4; ++sequence) {
    CHECK(all.place(sequence).trace == sequence);
    const std::span<const Frame> frames = all.frames(all.event(sequence).stack);
    CHECK(frames[0].function == shared);
    CHECK(all.text(frames[1].function).ends_with(std::to_string(sequence - 1)));
    CHECK(all.text(all.text(frames[1].function)) == frames[1].function);
  }
}

TEST_CASE("a log read back from its JSON lines is the same") {
  Log log;
  Event event = event_of(Operation::sysMap, 0xc000000000, 4 << 20);
  event.nanoseconds = 1234567;
  event.thread = 42;
  event.goroutine = 7;
  event.stack = stack_of(log, {"runtime.sysMap", "<runtime.(*mheap).grow", "main.main"});
  event.charge = Charge::heap_sys;
  event.kind = Kind::heap_arena;
  const Sequence parent = log.add(event);
  Event call = event_of(Operation::prctl, 0xc000000000, 4096, parent);
  call.text = log.text(" Go: heap \"\xff");
  call.error = 22;
  call.address = kNoAddress;
  log.add(call);

  const auto read = read_back(log, Operations().set());
  REQUIRE(read);
  REQUIRE((*read)->size() == 2);
  const Event& back = (*read)->event(1);
  CHECK(back.nanoseconds == event.nanoseconds);
  CHECK(back.address == event.address);
  CHECK(back.goroutine == 7);
  CHECK(back.charge == Charge::heap_sys);
  CHECK(back.kind == Kind::heap_arena);
  REQUIRE((*read)->frames(back.stack).size() == 3);
  CHECK((*read)->text((*read)->frames(back.stack)[1].function) == "runtime.(*mheap).grow");
  CHECK((*read)->frames(back.stack)[1].pc == (*read)->frames(back.stack)[2].pc);
  CHECK((*read)->event(2).parent == 1);
  CHECK((*read)->event(2).error == 22);
  CHECK((*read)->event(2).address == kNoAddress);
  CHECK((*read)->event(2).charge == Charge::none);
}

TEST_CASE("what is no trace is refused with the line") {
  for (const auto* const text : {"", "{}", "no json\n", "{\"verb\":\"annotate\"}\n"}) {
    const test::TempFile file(bytes_of(text));
    CHECK_FALSE(read_events(file.path()));
  }
  const std::string header = "{\"schema\":\"memmap/1\",\"verb\":\"trace\"}\n";
  for (const std::string row :
       {R"({"sequence":1,"operation":"sysFly"})", R"({"sequence":0,"operation":"mmap"})", R"({"operation":"mmap"})",
        R"({"sequence":-1,"operation":"mmap"})", R"({"sequence":4294967296,"operation":"mmap"})",
        R"({"sequence":1,"operation":"mmap","parent":1})", R"({"sequence":1,"operation":"mmap","address":"zz"})",
        R"({"sequence":1,"operation":"mmap","seconds":-5})", R"({"sequence":1,"operation":"mmap","seconds":1e300})",
        R"({"sequence":1,"operation":"mmap","address":"0x1000","size":9223372036854775808})", "[]"}) {
    INFO(row);
    const test::TempFile file(bytes_of(header + row + "\n"));
    const auto read = read_events(file.path());
    REQUIRE_FALSE(read);
    CHECK(read.error().find("line 2") != std::string::npos);
  }
  const std::string row = R"({"sequence":3,"operation":"mmap"})";
  const test::TempFile twice(bytes_of(header + row + "\n" + row + "\n"));
  CHECK_FALSE(read_events(twice.path()));
}

TEST_CASE("a file without the operations that nobody wanted is read") {
  Log log;
  const Sequence function = log.begin(event_of(Operation::sysAlloc, 0x7f0000000000, 65536));
  const Sequence call = log.begin(event_of(Operation::mmap, 0x7f0000000000, 65536, function));
  const Sequence other = log.begin(event_of(Operation::munmap, 0x7f1000000000, 4096));
  const Sequence open = log.begin(event_of(Operation::mmap, 0x7f2000000000, 4096, function));
  log.event(call).ended_after = other;
  const auto read = read_back(log, Operations().set(static_cast<std::size_t>(Operation::mmap)));
  REQUIRE(read);
  const Log& back = **read;
  REQUIRE(back.size() == 2);
  CHECK(back.event(1).parent == 0);
  CHECK(back.event(1).ended_after == 1);
  CHECK(back.event(2).ended_after == 0);
  CHECK(back.place(1).sequence == call);
  CHECK(back.place(2).sequence == open);
  CHECK(History().with(*read).findings.entries().size() == 1);  // a call was under way
}

}  // namespace
}  // namespace memmap::trace
