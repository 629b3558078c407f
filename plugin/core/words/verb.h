// The table of verbs: what each is called and what it takes. Who answers is in verbs/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memmap {

enum class TargetUse : std::uint8_t { needed, taken, unused };

// Groups of options.def; a verb takes several.
namespace option_group {
enum Group : std::uint32_t {
  any = 1U << 0,          // of every verb
  report = 1U << 1,       // tables and a screen
  rows = 1U << 2,         // things of several kinds
  addresses = 1U << 3,    // that lie somewhere and have a size
  nodes = 1U << 4,        // each on a row of its own
  sums = 1U << 5,         // of bytes
  remainders = 1U << 6,   // of equations
  viewer = 1U << 7,       // files of other programs
  traced = 1U << 8,       // events, and how they are caught
  start_files = 1U << 9,  // of debuggers
  place = 1U << 10,       // one address
};
}  // namespace option_group

// "run" of trace run.
struct Step {
  std::string_view word;
  bool catches = false;
  bool starts = false;
  bool names = false;
};

struct Verb {
  std::string_view name;
  std::string_view aliases;  // "whatis,what"
  TargetUse target = TargetUse::needed;
  std::uint32_t options = 0;  // of option_group
  bool total = false;         // see verbs.def
  std::string_view answers;   // for the list of verbs
  std::span<const Step> steps = {};

  bool takes(std::uint32_t groups) const { return ((options | option_group::any) & groups) != 0; }
  bool starts_programs() const;
  std::vector<std::string> other_names() const;
};

std::span<const Verb> verbs();
const Verb* verb_named(std::string_view name);  // or one of its aliases; nullptr if there is none
const Step* step_named(const Verb& verb, std::string_view word);
// "'anotate' is not a verb; did you mean annotate?"
std::string unknown_verb(std::string_view word);

}  // namespace memmap
