// The .def tables of this folder as constants.
#pragma once

#include <array>

#include "go/layout/layout.h"

namespace memmap::go {

// See groups.def.
enum class Need : std::uint8_t { optional, whole, required };
// See fields.def. absent: of a type that says nothing by not being there.
enum class Role : std::uint8_t { sign, part, linked, absent };

struct FieldSpec {
  const char* id;
  const char* type;  // alternatives, newest first, are separated by '|'
  Group group;
  Role role;
  Shape shape;
  const char* what;
  Spellings spellings;
};

inline constexpr FieldSpec kFields[] = {
#define FIELD(id, type, group, role, form, ...) \
  {#id, type, Group::group, Role::role, shapes::form, type "." MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/fields.def"
#undef FIELD
};

struct TypeSpec {
  const char* id;
  Group group;
  Role role;
  const char* what;
  Spellings spellings;
};

inline constexpr TypeSpec kTypes[] = {
#define TYPE(id, group, role, ...) {#id, Group::group, Role::role, MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/types.def"
#undef TYPE
};

struct GlobalSpec {
  const char* id;
  Need need;
  const char* what;
  Spellings spellings;
};

inline constexpr GlobalSpec kGlobals[] = {
#define GLOBAL(id, need, ...) {#id, Need::need, MEMMAP_FIRST(__VA_ARGS__, ), {__VA_ARGS__}},
#include "go/layout/globals.def"
#undef GLOBAL
};

struct GroupSpec {
  const char* id;
  Need need;
  const char* what;
};

inline constexpr GroupSpec kGroups[] = {
#define GROUP(id, need, what) {#id, Need::need, what},
#define CHOICE(what, ...)
#include "go/layout/groups.def"
#undef GROUP
#undef CHOICE
};

// Of which every release has one.
struct ChoiceSpec {
  const char* what;
  std::array<Group, 3> groups;  // newest first; the last is repeated
};

constexpr ChoiceSpec choice(const char* what, Group a, Group b) { return {what, {a, b, b}}; }
constexpr ChoiceSpec choice(const char* what, Group a, Group b, Group c) { return {what, {a, b, c}}; }

namespace choices {
using enum Group;
inline constexpr ChoiceSpec kAll[] = {
#define GROUP(id, need, what)
#define CHOICE(what, ...) choice(what, __VA_ARGS__),
#include "go/layout/groups.def"
#undef GROUP
#undef CHOICE
};
}  // namespace choices
inline constexpr const auto& kChoices = choices::kAll;

}  // namespace memmap::go
