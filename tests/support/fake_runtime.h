// A Go runtime that a test writes down: its globals, mappings and memory, for one release.
//
//   FakeRuntime fake(27);                     // Go 1.27
//   fake.map(kArena, 4 << 20);                // rw anonymous, zeros
//   fake.put(fake.at(Global::mheap), Field::mheap_sweepgen, 4);
//   fake.walk("spans");                       // fills in fake.model and fake.findings
#pragma once

#include <algorithm>
#include <string_view>

#include "go/derive/derive.h"
#include "go/walk/walk.h"
#include "support/fake_layout.h"
#include "support/image.h"

namespace memmap::test {

inline constexpr Address kArena{0xc000000000};
inline constexpr std::uint64_t kArenaIndex = 0x203000;  // (kArena + 2^47) / 64 MiB
inline constexpr Address kHeapIndex{0x7f0000000000};
inline constexpr Address kHeapArena{0x7f0004000000};
inline constexpr Address kSpanArray{0x7f0005000000};
inline constexpr Address kChunk{0x7f0006000000};    // a persistentalloc chunk
inline constexpr Address kScratch{0x7f0007000000};  // whatever a test needs
inline constexpr Address kNowhere{0x7e0000000000};  // not mapped
inline constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;

class FakeRuntime {
 public:
  explicit FakeRuntime(int minor, std::uint64_t bias = 0) : FakeRuntime(FakeTypes(minor).types(), bias) {}
  explicit FakeRuntime(const LiteralTypes& types, std::uint64_t bias = 0) : bias_(bias) {
    Findings ignored;
    Result<go::Layout> layout = go::Layout::bind(types, ignored);
    if (!layout) throw std::logic_error(layout.error().what);
    layout_ = *layout;
    image_ = std::make_shared<Image>();
    target.memory = image_;
    map(Address(kGlobals + bias), kGlobalStride * go::position(Global::count_));
    target.mappings.front().file = "/app";
    put(at(Global::phys_page_size), 4096);
    put(at(Global::gomaxprocs), 1, 4);
  }

  Image& image() { return *image_; }
  const go::Layout& layout() const { return layout_; }

  Address at(Global global) const { return Address(layout_[global].address + bias_); }
  Address at(Address base, Field field, std::uint32_t i = 0) const {
    return base + layout_[field].offset + std::uint64_t{i} * layout_[field].stride;
  }
  Address at(Global base, Field field, std::uint32_t i = 0) const { return at(at(base), field, i); }

  void put(Address at, std::uint64_t value, std::size_t size = 8) { image_->put(at, value, size); }
  void put(Address at, Address value) { image_->put(at, value.value()); }
  void put(Global global, Address value) { put(at(global), value); }
  void put(Address base, Field field, std::uint64_t value, std::uint32_t i = 0) {
    image_->put(at(base, field, i), value, layout_[field].stride);
  }
  void put(Address base, Field field, Address value) { put(base, field, value.value()); }
  void put(Global base, Field field, std::uint64_t value) { put(at(base), field, value); }
  void put(Global base, Field field, Address value) { put(at(base), field, value); }
  void slice(Address header, Address array, std::uint64_t len, std::uint64_t cap) {
    put(header, array);
    put(header + 8, len);
    put(header + 16, cap);
  }

  // Readable and writable anonymous memory.
  void map(Address at, std::uint64_t size) {
    add_mapping({at, at + size}, {true, true, false});
    image_->map({at, at + size});
  }
  void reserve(Address at, std::uint64_t size) { add_mapping({at, at + size}, {}); }

  // Each run has a fresh Runtime, which keeps no page of an earlier one. What a walker needs of others
  // the test puts into the model, but for the Ps: they are read.
  void walk(std::string_view name) {
    for (const go::Walker& walker : go::walkers()) {
      if (walker.name != name) continue;
      if (walker.needs.walker("processors")) walk("processors");
      walker.run(go::Runtime(layout_, target, bias_), model, findings);
      return;
    }
    throw std::logic_error("no such walker");
  }
  void walk_all() {
    const go::Runtime runtime(layout_, target, bias_);
    go::run_walkers(runtime, model, findings);
    derive();
  }
  void derive() {
    const go::Traits traits = runtime().traits();
    go::derive({traits, target.mappings, target.platform.page_size}, model);
  }
  go::Runtime runtime() const { return go::Runtime(layout_, target, bias_); }

  // How often a finding of any severity names `what`.
  std::uint64_t found(std::string_view what) const {
    std::uint64_t count = 0;
    for (const Findings::Entry& entry : findings.entries())
      if (entry.message.rfind(what, 0) == 0) count += entry.count;
    return count;
  }

  Target target;
  Model model;
  Findings findings;

 private:
  void add_mapping(AddressRange range, Permissions permissions) {
    Mapping mapping;
    mapping.range = range;
    mapping.permissions = permissions;
    const auto place = std::find_if(target.mappings.begin(), target.mappings.end(),
                                    [&](const Mapping& m) { return range.begin < m.range.begin; });
    target.mappings.insert(place, mapping);
  }

  std::uint64_t bias_;
  go::Layout layout_;
  std::shared_ptr<Image> image_;
};

}  // namespace memmap::test
