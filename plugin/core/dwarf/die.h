// Questions about one DWARF entry. Nothing here trusts the entry: chains of types are followed
// for a bounded number of steps and sizes are multiplied with care.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace memmap::dwarf {

std::string_view name_of(Dwarf_Die& die);
// The entry that DW_AT_type names.
std::optional<Dwarf_Die> type_of(Dwarf_Die& die);
// Past typedefs and qualifiers. A Go named type is a typedef of the entry that describes it.
std::optional<Dwarf_Die> peel(Dwarf_Die type);
std::optional<std::uint64_t> size_of(Dwarf_Die type);

struct ArrayShape {
  std::uint64_t count = 0;
  std::uint64_t stride = 0;
  Dwarf_Die element;
};
std::optional<ArrayShape> array_of(Dwarf_Die peeled);

bool is_struct(Dwarf_Die& peeled);
// DW_AT_data_member_location; the members of a union have none and start at 0.
std::optional<std::uint64_t> member_offset(Dwarf_Die& member);
// Embedded in Go's sense: its members can be named without naming it.
bool is_embedded(Dwarf_Die& member);
std::optional<std::int64_t> constant_value(Dwarf_Die& die);
// The address of a variable, where the location is nothing but that.
std::optional<std::uint64_t> fixed_address(Dwarf_Die& variable);

// Children in order, until visit() says false. DW_AT_sibling may lead back: what does not lie
// further on is no next one.
template <class Visit>
void for_each_child(Dwarf_Die& parent, Visit visit) {
  Dwarf_Die child;
  if (dwarf_child(&parent, &child) != 0) return;
  for (Dwarf_Off at = dwarf_dieoffset(&child);;) {
    if (!visit(child) || dwarf_siblingof(&child, &child) != 0) return;
    const Dwarf_Off next = dwarf_dieoffset(&child);
    if (next <= at) return;
    at = next;
  }
}

// Those with `tag`.
template <class Visit>
void for_each_child(Dwarf_Die& parent, int tag, Visit visit) {
  for_each_child(parent, [&](Dwarf_Die& child) { return dwarf_tag(&child) != tag || visit(child); });
}

}  // namespace memmap::dwarf
