// The runtime's constants in this binary, or the values they had when the DWARF does not say.
#pragma once

#include <array>
#include <cstdint>

#include "base/findings.h"
#include "dwarf/type_table.h"
#include "go/layout/spellings.h"

namespace memmap::go {

enum class Constant : std::uint16_t {
#define CONSTANT(id, fallback, ...) id,
#include "go/layout/constants.def"
#undef CONSTANT
  count_,
};

class Constants {
 public:
  // The fallbacks alone.
  Constants();
  // Notes each constant whose fallback is used.
  static Constants bind(const TypeTable& types, Findings& findings);

  std::int64_t operator[](Constant c) const { return entries_[position(c)].value; }
  // Whether the target itself says so.
  bool known(Constant c) const { return entries_[position(c)].known; }

 private:
  struct Entry {
    std::int64_t value = 0;
    bool known = false;
  };
  std::array<Entry, position(Constant::count_)> entries_{};
};

}  // namespace memmap::go
