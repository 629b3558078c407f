// What is known about the Go runtime in the target before any walk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace memmap {

// An invariant that holds in any healthy process; a layout that was read wrongly breaks it.
struct Probe {
  std::string_view name;     // stable id
  std::string_view meaning;  // one sentence
  std::uint64_t tried = 0;
  std::uint64_t held = 0;
  Address first_failure;
  bool holds() const { return tried == held; }
};

struct RuntimeInfo {
  bool found = false;      // a Go runtime was found and its layout is bound
  std::string go_version;  // "go1.27.4", as runtime.buildVersion spells it
  std::string goarch;
  std::uint64_t physical_page = 4096;  // runtime.physPageSize
  bool has_heap = true;                // false in a process stopped before its first mspan and goroutine
  std::string layout = "none";         // interface word: dwarf, debug-file, catalogue, probed, none
  std::vector<Probe> probes;
};

}  // namespace memmap
