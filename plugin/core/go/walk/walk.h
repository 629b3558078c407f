// Walkers turn target memory into a Model. Each reads one runtime structure, keeps what it can
// and reports the rest. Nothing else reads target memory.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/findings.h"
#include "go/runtime.h"
#include "model/model.h"

namespace memmap::go {

#define WALKER(name, ...) void walk_##name(const Runtime& runtime, Model& model, Findings& findings);
#include "go/walk/walkers.def"
#undef WALKER

// What has to be there before a walker runs.
class Needs {
 public:
  template <class... Groups>
  constexpr explicit Needs(std::string_view walkers, Groups... groups)
      : walkers_(walkers), groups_{groups...}, group_count_(sizeof...(groups)) {}

  constexpr std::string_view walkers() const { return walkers_; }  // their names, between spaces
  constexpr std::span<const Group> groups() const { return std::span(groups_).first(group_count_); }
  constexpr bool walker(std::string_view name) const {
    for (std::string_view rest = walkers_; !rest.empty();) {
      const std::size_t end = rest.find(' ');
      if (rest.substr(0, end) == name) return true;
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    return false;
  }

 private:
  std::string_view walkers_;
  std::array<Group, 8> groups_;
  std::size_t group_count_;
};

struct Walker {
  std::string_view name;
  void (*run)(const Runtime&, Model&, Findings&);
  Needs needs;
};

std::span<const Walker> walkers();

// All of them, in order. One that throws costs what it would have found, and no more: a finding has
// its name.
void run_walkers(const Runtime& runtime, Model& model, Findings& findings, std::span<const Walker> all = walkers());

}  // namespace memmap::go
