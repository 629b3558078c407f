#include "dwarf/type_path.h"

#include <dwarf.h>

#include <charconv>
#include <limits>

#include "dwarf/die.h"

namespace memmap::dwarf {
namespace {

// Structs embedded in structs, and wrappers around wrappers, that are believed.
constexpr int kMaxNesting = 8;

// Members that are looked at for one path. A struct may embed itself twenty times over.
constexpr int kMostMembers = 1 << 14;

struct Place {
  std::uint64_t offset = 0;
  Dwarf_Die type;  // as the member names it: not peeled
};

bool advance(Place& place, std::uint64_t by, const Dwarf_Die& type) {
  place.type = type;
  return !__builtin_add_overflow(place.offset, by, &place.offset);
}

bool enter(Place& place, Dwarf_Die& member) {
  const std::optional<Dwarf_Die> type = type_of(member);
  const std::optional<std::uint64_t> offset = member_offset(member);
  return type && offset && advance(place, *offset, *type);
}

std::optional<Place> member_named(const Place& place, std::string_view name, int depth, int& members);

// The member of the one embedded struct that has it. Two that have it are no answer, as in Go.
std::optional<Place> promoted_member(const Place& place, Dwarf_Die parent, std::string_view name, int depth,
                                     int& members) {
  std::optional<Place> found;
  bool ambiguous = false;
  for_each_child(parent, DW_TAG_member, [&](Dwarf_Die& member) {
    if (--members < 0) return false;
    Place inner = place;
    if (!is_embedded(member) || !enter(inner, member)) return true;
    const std::optional<Place> candidate = member_named(inner, name, depth + 1, members);
    ambiguous = found && candidate;
    if (candidate) found = candidate;
    return !ambiguous;
  });
  return ambiguous || members < 0 ? std::nullopt : found;
}

std::optional<Place> member_named(const Place& place, std::string_view name, int depth, int& members) {
  std::optional<Dwarf_Die> parent = peel(place.type);
  if (depth > kMaxNesting || !parent || !is_struct(*parent)) return std::nullopt;
  std::optional<Place> found;
  for_each_child(*parent, DW_TAG_member, [&](Dwarf_Die& member) {
    if (--members < 0) return false;
    if (name_of(member) != name) return true;
    Place inner = place;
    if (enter(inner, member)) found = inner;
    return false;
  });
  return found ? found : promoted_member(place, *parent, name, depth, members);
}

bool step_into_element(Place& place, std::uint64_t index) {
  const std::optional<Dwarf_Die> array = peel(place.type);
  if (!array) return false;
  const std::optional<ArrayShape> shape = array_of(*array);
  std::uint64_t offset = 0;
  if (!shape || index >= shape->count) return false;
  if (__builtin_mul_overflow(index, shape->stride, &offset)) return false;
  return advance(place, offset, shape->element);
}

// "partial[1]": the member, then each index. "[0]" of a global that is an array: only indices.
bool step(Place& place, std::string_view component, int& members) {
  if (component.empty()) return false;
  const std::string_view name = component.substr(0, component.find('['));
  if (!name.empty()) {
    const std::optional<Place> member = member_named(place, name, 0, members);
    if (!member) return false;
    place = *member;
  }
  for (std::string_view rest = component.substr(name.size()); !rest.empty();) {
    std::uint64_t index = 0;
    const char* const end = rest.data() + rest.size();
    const auto [after, error] = std::from_chars(rest.data() + 1, end, index);
    if (rest.front() != '[' || error != std::errc{} || after == end || *after != ']') return false;
    if (!step_into_element(place, index)) return false;
    rest.remove_prefix(static_cast<std::size_t>(after + 1 - rest.data()));
  }
  return true;
}

bool is_wrapped_name(std::string_view name) {
  return name == "value" || name == "s" || name == "a" || name == "p" || name == "u";
}

// The payload of an atomic wrapper: the only member with a size, under one of their names.
// Markers such as noCopy and align64 have none.
std::optional<Place> payload(const Place& place) {
  std::optional<Dwarf_Die> wrapper = peel(place.type);
  if (!wrapper || !is_struct(*wrapper)) return std::nullopt;
  std::optional<Place> found;
  int sized = 0;
  for_each_child(*wrapper, DW_TAG_member, [&](Dwarf_Die& member) {
    const std::optional<Dwarf_Die> type = type_of(member);
    if (type && size_of(*type) == 0U) return true;
    Place inner = place;
    if (is_wrapped_name(name_of(member)) && enter(inner, member)) found = inner;
    return ++sized < 2;
  });
  return sized == 1 ? found : std::nullopt;
}

std::optional<FieldPlace> measured(const Place& place) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::optional<std::uint64_t> size = size_of(place.type);
  if (!size || place.offset > kMost || *size > kMost) return std::nullopt;
  FieldPlace field;
  field.offset = static_cast<std::uint32_t>(place.offset);
  field.size = static_cast<std::uint32_t>(*size);
  field.stride = field.size;
  const std::optional<Dwarf_Die> peeled = peel(place.type);
  const std::optional<ArrayShape> shape = peeled ? array_of(*peeled) : std::nullopt;
  if (!shape) return field;
  if (shape->count > kMost || shape->stride > kMost) return std::nullopt;
  field.count = static_cast<std::uint32_t>(shape->count);
  field.stride = static_cast<std::uint32_t>(shape->stride);
  return field;
}

}  // namespace

std::optional<FieldPlace> find_path(Dwarf_Die root, std::string_view path) {
  Place place{0, root};
  int members = kMostMembers;
  while (!path.empty()) {
    const std::string_view component = path.substr(0, path.find('.'));
    if (!step(place, component, members)) return std::nullopt;
    path.remove_prefix(std::min(component.size() + 1, path.size()));
  }
  for (int wrapper = 0; wrapper < kMaxNesting; ++wrapper) {
    const std::optional<Place> inner = payload(place);
    if (!inner) break;
    place = *inner;
  }
  return measured(place);
}

}  // namespace memmap::dwarf
