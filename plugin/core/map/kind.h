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
#define KIND(id, ...) id,
#include "map/kinds.def"
#undef KIND
  count_,
};

// "3 mspan pools", and "free pages": the name of stuff, where a number would say nothing.
enum class Noun : std::uint8_t { thing, mass };

// What resolve puts where the parts of a container leave a gap. none: bytes that no part covers are
// the kind's own.
struct Leftover {
  static constexpr std::optional<Kind> none{};
  static constexpr std::optional<Kind> unknown = Kind::unknown;
  static constexpr std::optional<Kind> persistent_other = Kind::persistent_other;
};

// The columns of kinds.def that are about the map and its sums. Those about the screen are read by
// view/families, groups and detail.
struct KindInfo {
  Kind kind;
  std::string_view id;     // as interface and JSON spell it
  std::string_view shown;  // for people
  Noun noun;
  Counter counter;  // exactly one, in every release
  std::optional<Kind> leftover;
  std::string_view virt;      // its line in the equation of VIRT
  std::string_view vma_name;  // after "Go: " in the maps of Go 1.25 and newer; often empty
  std::string_view meaning;   // one sentence
};

inline constexpr KindInfo kKinds[] = {
#define KIND(id, shown, noun, counter, family, joins, leftover, detail, virt, vma_name, meaning) \
  {Kind::id, #id, shown, Noun::noun, Counter::counter, Leftover::leftover, virt, vma_name, meaning},
#include "map/kinds.def"
#undef KIND
};

constexpr const KindInfo& info(Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view name(Counter counter);  // "heap_inuse"; empty for none
std::optional<Kind> kind_named(std::string_view id);

}  // namespace memmap
