// What a range of memory is for, and which of the runtime's counters is charged for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace memmap {

// The runtime's own accounting, one name per meaning in every release: 1.15's gc_sys is
// gc_misc_sys here, and work buffers and GC programs are in it. `none` is in no counter.
enum class Counter : std::uint8_t {
  none,
  heap_inuse,
  heap_free,
  heap_released,
  stacks_inuse,
  stacks_sys,
  mspan_sys,
  mcache_sys,
  buckhash_sys,
  gc_misc_sys,
  other_sys,
  count_,
};

enum class Kind : std::uint8_t {
#define KIND(id, shown, counter, vma_name, meaning) id,
#include "map/kinds.def"
#undef KIND
  count_,
};

struct KindInfo {
  Kind kind;
  std::string_view id;        // as interface and JSON spell it
  std::string_view shown;     // for people
  Counter counter;            // exactly one, in every release
  std::string_view vma_name;  // after "Go: " in the maps of Go 1.25 and newer; often empty
  std::string_view meaning;   // one sentence
};

inline constexpr KindInfo kKinds[] = {
#define KIND(id, shown, counter, vma_name, meaning) {Kind::id, #id, shown, Counter::counter, vma_name, meaning},
#include "map/kinds.def"
#undef KIND
};

constexpr const KindInfo& info(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view name(Counter counter);  // "heap_inuse"; empty for none
std::optional<Kind> kind_named(std::string_view id);

// What resolve puts where the parts of a container leave a gap. Nothing for other kinds, whose
// uncovered bytes are their own.
constexpr std::optional<Kind> leftover_of(Kind kind) {
  switch (kind) {
    case Kind::mapping:
    case Kind::heap_arena:
    case Kind::elf_image:
    case Kind::malloc_arena:
      return Kind::unknown;
    case Kind::persistent_chunk:
      return Kind::persistent_other;
    default:
      return std::nullopt;
  }
}

}  // namespace memmap
