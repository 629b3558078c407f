#include "dwarf/die.h"

#include <dwarf.h>

#include <cstring>

namespace memmap::dwarf {
namespace {

// Longest chain of typedefs, and deepest array of arrays, that is believed.
constexpr int kMaxDepth = 16;
constexpr unsigned kGoEmbeddedField = 0x2903;  // DW_AT_go_embedded_field

std::optional<std::uint64_t> unsigned_attribute(Dwarf_Die& die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, which, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formudata(&attribute, &value) != 0) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> element_count(Dwarf_Die& subrange) {
  if (const auto count = unsigned_attribute(subrange, DW_AT_count)) return count;
  const auto last = unsigned_attribute(subrange, DW_AT_upper_bound);
  if (!last) return std::nullopt;
  return *last + 1;  // C's int a[0] has upper bound -1
}

std::optional<std::uint64_t> size_within(Dwarf_Die type, int depth);

std::optional<ArrayShape> array_within(Dwarf_Die peeled, int depth) {
  if (dwarf_tag(&peeled) != DW_TAG_array_type) return std::nullopt;
  std::optional<std::uint64_t> count;
  int dimensions = 0;
  for_each_child(peeled, DW_TAG_subrange_type, [&](Dwarf_Die& subrange) {
    count = element_count(subrange);
    return ++dimensions < 2;
  });
  std::optional<Dwarf_Die> element = type_of(peeled);
  if (dimensions != 1 || !count || !element) return std::nullopt;
  const auto stride = size_within(*element, depth + 1);
  if (!stride) return std::nullopt;
  return ArrayShape{*count, *stride, *element};
}

std::optional<std::uint64_t> size_within(Dwarf_Die type, int depth) {
  if (depth > kMaxDepth) return std::nullopt;
  std::optional<Dwarf_Die> peeled = peel(type);
  if (!peeled) return std::nullopt;
  if (const auto size = unsigned_attribute(*peeled, DW_AT_byte_size)) return size;
  const int tag = dwarf_tag(&*peeled);
  if (tag == DW_TAG_array_type) {
    const auto shape = array_within(*peeled, depth);
    std::uint64_t size = 0;
    if (!shape || __builtin_mul_overflow(shape->count, shape->stride, &size)) return std::nullopt;
    return size;
  }
  // Go's pointers carry no size, and a func value is one.
  if (tag != DW_TAG_pointer_type && tag != DW_TAG_subroutine_type) return std::nullopt;
  Dwarf_Die unit;
  std::uint8_t pointer_size = 0;
  if (dwarf_diecu(&*peeled, &unit, &pointer_size, nullptr) == nullptr) return std::nullopt;
  return pointer_size;
}

std::string_view last_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

// ULEB128 of a location expression.
std::optional<std::uint64_t> leb128(const Dwarf_Block& block, std::size_t at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at < block.length && shift < 63; ++at, shift += 7) {
    value |= std::uint64_t{block.data[at] & 0x7fU} << shift;
    if ((block.data[at] & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Dwarf_Die& die) {
  const char* const name = dwarf_diename(&die);
  return name == nullptr ? std::string_view{} : std::string_view(name);
}

std::optional<Dwarf_Die> type_of(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_attr(&die, DW_AT_type, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formref_die(&attribute, &type) == nullptr) return std::nullopt;
  return type;
}

std::optional<Dwarf_Die> peel(Dwarf_Die type) {
  for (int step = 0; step < kMaxDepth; ++step) {
    const int tag = dwarf_tag(&type);
    if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type) return type;
    const std::optional<Dwarf_Die> next = type_of(type);
    if (!next) return std::nullopt;
    type = *next;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> size_of(Dwarf_Die type) { return size_within(type, 0); }

std::optional<ArrayShape> array_of(Dwarf_Die peeled) { return array_within(peeled, 0); }

bool is_struct(Dwarf_Die& peeled) {
  const int tag = dwarf_tag(&peeled);
  return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

std::optional<std::uint64_t> member_offset(Dwarf_Die& member) {
  Dwarf_Attribute attribute;
  if (dwarf_attr(&member, DW_AT_data_member_location, &attribute) == nullptr) return 0;
  Dwarf_Word value = 0;
  if (dwarf_formudata(&attribute, &value) == 0) return value;
  Dwarf_Block block;
  if (dwarf_formblock(&attribute, &block) != 0 || block.length == 0) return std::nullopt;
  if (block.data[0] != DW_OP_plus_uconst) return std::nullopt;
  return leb128(block, 1);
}

bool is_embedded(Dwarf_Die& member) {
  Dwarf_Attribute attribute;
  bool embedded = false;
  if (dwarf_attr(&member, kGoEmbeddedField, &attribute) != nullptr && dwarf_formflag(&attribute, &embedded) == 0)
    return embedded;
  std::optional<Dwarf_Die> type = type_of(member);
  return type && name_of(member) == last_name(name_of(*type));
}

std::optional<std::int64_t> constant_value(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  Dwarf_Sword value = 0;
  if (dwarf_attr(&die, DW_AT_const_value, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formsdata(&attribute, &value) != 0) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> fixed_address(Dwarf_Die& variable) {
  Dwarf_Attribute attribute;
  // Go writes the expression in a plain block, which dwarf_getlocation() refuses.
  Dwarf_Block block;
  if (dwarf_attr(&variable, DW_AT_location, &attribute) == nullptr) return std::nullopt;
  if (dwarf_formblock(&attribute, &block) != 0) return std::nullopt;
  if (block.length != 5 && block.length != 9) return std::nullopt;
  if (block.data[0] != DW_OP_addr) return std::nullopt;
  std::uint64_t address = 0;
  std::memcpy(&address, block.data + 1, block.length - 1);  // little-endian files only
  return address;
}

}  // namespace memmap::dwarf
