// Events from stops at entries and returns, of a stack that is written down here.
#include "trace/function_calls.h"
#include "support/catch.h"
#include "support/image.h"

using namespace memmap;
using namespace memmap::trace;

namespace {

constexpr AddressRange kCode{Address(0x400000), Address(0x500000)};
constexpr Address kStat{0x600010};
constexpr std::uint32_t kThread = 7;

const TracedFunction& function(std::string_view name) {
  for (const TracedFunction& one : traced_functions())
    if (one.name == name) return one;
  FAIL("no such function");
  return traced_functions().front();
}

class TracedThread {
 public:
  explicit TracedThread(Entries entries = Entries::repeated) : entries_(entries) {
    image_.map({Address(0x10000), Address(0x30000)});
  }

  // What a CALL does: the return address at a new stack pointer.
  FunctionStop called(std::uint64_t sp, std::uint64_t caller, std::array<std::uint64_t, 4> words = {}) {
    image_.put(Address(sp), caller);
    FunctionStop stop;
    stop.thread = kThread;
    stop.goroutine = 1;
    stop.registers = {Address(0x400000), Address(sp), Address(0)};
    stop.words = words;
    return stop;
  }
  // The frame of a caller further out: a saved RBP and a return address.
  static FunctionStop with_frame(FunctionStop stop, std::uint64_t fp) {
    stop.registers.fp = Address(fp);
    return stop;
  }
  test::Image& image() { return image_; }
  const Log& log() const { return log_; }
  FunctionCalls& calls() { return calls_; }

 private:
  Entries entries_;
  test::Image image_;
  Log log_;
  Stacks stacks_{log_, nullptr, 0};
  FunctionCalls calls_{
      image_,
      kCode,
      log_,
      stacks_,
      Operations().set(),
      Charging{[](Address stat) { return stat == kStat ? charge_of(Counter::mspan_sys) : Charge::unknown; }},
      entries_};
};

}  // namespace

TEST_CASE("arguments and results in registers", "[trace]") {
  TracedThread thread;
  const TracedFunction& alloc = function("runtime.persistentalloc");
  thread.calls().enter(alloc, Convention::registers, thread.called(0x20000, 0x400100, {96, 16, kStat.value(), 0}));
  CHECK(thread.log().event(1).ended_after == 0);
  thread.calls().leave(alloc, Convention::registers, thread.called(0x20000, 0x400100, {0x7000, 0, 0, 0}));
  const Event& event = thread.log().event(1);
  CHECK(event.ended_after != 0);
  CHECK(event.operation == Operation::persistentalloc);
  CHECK(event.address == Address(0x7000));
  CHECK(event.size == 96);
  CHECK(event.alignment == 16);
  CHECK(event.charge == charge_of(Counter::mspan_sys));
  CHECK(event.goroutine == 1);
}

TEST_CASE("arguments and results on the stack, four bytes wide some of them", "[trace]") {
  TracedThread thread;
  const TracedFunction& mmap = function("runtime.mmap");
  const FunctionStop stop = thread.called(0x20000, 0x400100);
  thread.image().put(Address(0x20008), 0xc000000000);  // addr
  thread.image().put(Address(0x20010), 0x4000);        // n
  thread.image().put(Address(0x20018), 3, 4);          // prot
  thread.image().put(Address(0x2001c), 0x32, 4);       // flags
  thread.calls().enter(mmap, Convention::stack, stop);
  thread.image().put(Address(0x20028), 0xc000000000);  // p
  thread.image().put(Address(0x20030), 0);             // err
  thread.calls().leave(mmap, Convention::stack, stop);
  const Event& event = thread.log().event(1);
  CHECK(event.address == Address(0xc000000000));
  CHECK(event.size == 0x4000);
  CHECK(event.protection == 3);
  CHECK(event.flags == 0x32);
  CHECK(event.error == 0);
}

TEST_CASE("an mmap that failed has no address but an error", "[trace]") {
  TracedThread thread;
  const TracedFunction& mmap = function("runtime.mmap");
  thread.calls().enter(mmap, Convention::registers, thread.called(0x20000, 0x400100, {0x1000, 0x4000, 3, 0x32}));
  thread.calls().leave(mmap, Convention::registers, thread.called(0x20000, 0x400100, {0, 12, 0, 0}));
  CHECK(thread.log().event(1).address == kNoAddress);
  CHECK(thread.log().event(1).error == 12);
}

TEST_CASE("no stat pointer charges nobody, a strange one is unknown", "[trace]") {
  TracedThread thread;
  const TracedFunction& map = function("runtime.sysMap");
  thread.calls().enter(map, Convention::registers, thread.called(0x20000, 0x400100, {0x1000, 64, 0, 0}));
  thread.calls().enter(map, Convention::registers, thread.called(0x20100, 0x400200, {0x1000, 64, 5, 0}));
  CHECK(thread.log().event(1).charge == Charge::none);
  CHECK(thread.log().event(2).charge == Charge::unknown);
}

TEST_CASE("an entry that is seen again before its return is one call", "[trace]") {
  TracedThread thread;
  const TracedFunction& alloc = function("runtime.persistentalloc");
  const std::array<std::uint64_t, 4> words{96, 16, 0, 0};
  thread.calls().enter(alloc, Convention::registers, thread.called(0x20000, 0x400100, words));
  thread.calls().enter(alloc, Convention::registers, thread.called(0x20000, 0x400100, words));
  // The goroutine's stack has grown: the same call further up.
  thread.calls().enter(alloc, Convention::registers, thread.called(0x28000, 0x400100, words));
  CHECK(thread.log().size() == 1);
  thread.calls().leave(alloc, Convention::registers, thread.called(0x28000, 0x400100, {0x7000, 0, 0, 0}));
  CHECK(thread.log().event(1).address == Address(0x7000));

  // After its return the same arguments are another call.
  thread.calls().enter(alloc, Convention::registers, thread.called(0x28000, 0x400100, words));
  CHECK(thread.log().size() == 2);
}

TEST_CASE("a call inside another has it as its parent, one beside it has not", "[trace]") {
  TracedThread thread;
  const TracedFunction& alloc = function("runtime.sysAlloc");
  const TracedFunction& mmap = function("runtime.mmap");
  const FunctionStop outer = thread.called(0x20100, 0x400100, {0x4000, 0, 0, 0});
  thread.calls().enter(alloc, Convention::registers, outer);
  // sysAlloc's frame: saved RBP below its return address.
  thread.image().put(Address(0x200f8), 0);
  const FunctionStop inner = TracedThread::with_frame(thread.called(0x20000, 0x400200, {0, 0x4000, 3, 0x22}), 0x200f8);
  thread.calls().enter(mmap, Convention::registers, inner);
  CHECK(thread.log().event(2).parent == 1);
  thread.calls().leave(mmap, Convention::registers, inner);
  thread.calls().leave(alloc, Convention::registers, outer);
  thread.calls().enter(mmap, Convention::registers, inner);
  CHECK(thread.log().event(3).parent == 0);
}

TEST_CASE("a call that was left in another way is no parent, and a return without entry is nothing", "[trace]") {
  TracedThread thread;
  const TracedFunction& alloc = function("runtime.sysAlloc");
  const TracedFunction& mmap = function("runtime.mmap");
  thread.calls().leave(alloc, Convention::registers, thread.called(0x20000, 0x400100));
  CHECK(thread.log().size() == 0);
  thread.calls().enter(alloc, Convention::registers, thread.called(0x20000, 0x400100, {0x4000, 0, 0, 0}));
  thread.calls().enter(mmap, Convention::registers, thread.called(0x21000, 0x400200, {0, 0x4000, 3, 0x22}));
  CHECK(thread.log().event(1).ended_after != 0);
  CHECK(thread.log().event(2).parent == 0);
}

TEST_CASE("a goroutine that goes on on another thread keeps its call", "[trace]") {
  TracedThread thread;
  const TracedFunction& alloc = function("runtime.persistentalloc");
  const FunctionStop first = thread.called(0x20000, 0x400100, {96, 16, 0, 0});
  thread.calls().enter(alloc, Convention::registers, first);
  // Another goroutine has taken the thread.
  FunctionStop other = thread.called(0x21000, 0x400200, {32, 8, 0, 0});
  other.goroutine = 2;
  thread.calls().enter(alloc, Convention::registers, other);
  CHECK(thread.log().event(1).ended_after == 0);
  CHECK(thread.log().event(2).parent == 0);
  FunctionStop last = thread.called(0x20000, 0x400100, {0x7000, 0, 0, 0});
  last.thread = kThread + 1;
  thread.calls().leave(alloc, Convention::registers, last);
  CHECK(thread.log().event(1).address == Address(0x7000));
}

TEST_CASE("of a stack without slots a call is known by its return address", "[trace]") {
  TracedThread thread(Entries::once);
  const TracedFunction& alloc = function("runtime.sysAlloc");
  const TracedFunction& mmap = function("runtime.mmap");
  const auto entry = [](std::uint64_t pc, std::uint64_t slot = 0) { return StackEntry{Address(pc), Address(slot)}; };
  const FunctionStop outer = thread.called(0x20100, 0x400100, {0x4000, 0, 0, 0});
  const StackEntry outside[] = {entry(0x400000), entry(0x400100, 0x20100), entry(0x400300)};
  thread.calls().enter(alloc, Convention::registers, outer, outside);
  const FunctionStop inner = thread.called(0x20000, 0x400200, {0, 0x4000, 3, 0x22});
  const StackEntry inside[] = {entry(0x400000), entry(0x400200, 0x20000), entry(0x400100), entry(0x400300)};
  thread.calls().enter(mmap, Convention::registers, inner, inside);
  CHECK(thread.log().event(2).parent == 1);
  CHECK(thread.calls().under_way(kThread, Operation::sysAlloc) == 1);
  CHECK(thread.calls().under_way(kThread) == 2);
  thread.calls().leave(mmap, Convention::registers, inner);
  CHECK(thread.calls().under_way(kThread) == 1);
  // Another call of it, while sysAlloc is not on the stack any more.
  const StackEntry elsewhere[] = {entry(0x400000), entry(0x400200, 0x20000), entry(0x400300)};
  thread.calls().enter(mmap, Convention::registers, inner, elsewhere);
  CHECK(thread.log().event(3).parent == 0);
  CHECK(thread.calls().under_way(kThread, Operation::sysAlloc) == 0);
}

TEST_CASE("an address that is asked for is no result", "[trace]") {
  TracedThread thread;
  const TracedFunction& reserve = function("runtime.sysReserve");
  thread.calls().enter(reserve, Convention::registers, thread.called(0x20000, 0x400100, {0xc000000000, 1 << 20, 0, 0}));
  CHECK(thread.log().event(1).address == kNoAddress);
  thread.calls().leave(reserve, Convention::registers, thread.called(0x20000, 0x400100, {0xd000000000, 0, 0, 0}));
  CHECK(thread.log().event(1).address == Address(0xd000000000));
}
