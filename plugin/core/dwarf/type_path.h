// "central[0].mcentral.partial[1]", resolved in a type. The grammar is TypeTable::find's.
#pragma once

#include <elfutils/libdw.h>

#include <optional>
#include <string_view>

#include "dwarf/type_table.h"

namespace memmap::dwarf {

// An empty path is the type itself.
std::optional<FieldPlace> find_path(Dwarf_Die root, std::string_view path);

}  // namespace memmap::dwarf
