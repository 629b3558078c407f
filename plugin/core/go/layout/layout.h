// Where the fields of the runtime's structs and its globals are, in this binary.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/cancel.h"
#include "base/findings.h"
#include "base/result.h"
#include "dwarf/type_table.h"
#include "go/layout/constants.h"
#include "go/layout/shape.h"
#include "go/layout/spellings.h"

namespace memmap::go {

enum class Field : std::uint16_t {
#define FIELD(id, type, group, role, form, ...) id,
#include "go/layout/fields.def"
#undef FIELD
  count_,
};

enum class Type : std::uint16_t {
#define TYPE(id, group, role, ...) id,
#include "go/layout/types.def"
#undef TYPE
  count_,
};

enum class Global : std::uint16_t {
#define GLOBAL(id, need, ...) id,
#include "go/layout/globals.def"
#undef GLOBAL
  count_,
};

// Fields that are had together or not at all.
enum class Group : std::uint8_t {
#define GROUP(id, need, what) id,
#define CHOICE(what, ...)
#include "go/layout/groups.def"
#undef GROUP
#undef CHOICE
  count_,
};

const char* name(Field field);    // the id in fields.def
const char* name(Type type);      // in types.def
const char* name(Global global);  // in globals.def
const char* name(Group group);    // in groups.def

// Asking for what is not there is a mistake of ours and throws; ask has() first.
class Layout {
 public:
  // Tries the spellings of each entry in order. A field that no spelling finds, that has not its
  // shape or lies outside its struct takes its group along: with a warning that names it, or, for
  // groups that memmap cannot do without, with an error each, of which the first is returned.
  // Groups that the program does not have are notes.
  static Result<Layout> bind(const TypeTable& types, Findings& findings,
                             const Cancellation& cancellation = Cancellation());

  bool has(Group group) const { return groups_[position(group)] == State::whole; }
  // The program has it, and memmap cannot read it. What depends on it is unknown, and not nothing.
  bool broken(Group group) const { return groups_[position(group)] == State::broken; }
  // Of a target's pointers, in bytes.
  std::uint32_t pointer_size() const { return pointer_size_; }

  bool has(Field field) const { return slot(field).present; }
  const FieldPlace& operator[](Field field) const { return present(field).place; }
  // Which of its spellings the field has here. Empty if it is absent.
  std::string_view spelling(Field field) const { return slot(field).spelling; }
  // Of the struct that the field is in.
  std::uint32_t struct_size(Field field) const { return present(field).struct_size; }

  bool has(Type type) const { return types_[position(type)].has_value(); }
  std::uint64_t type_size(Type type) const;

  bool has(Global global) const { return globals_[position(global)].has_value(); }
  // As linked; the load bias is the caller's.
  GlobalPlace operator[](Global global) const;

  std::int64_t operator[](Constant constant) const { return constants_[constant]; }
  const Constants& constants() const { return constants_; }

 private:
  struct Slot {
    FieldPlace place;
    std::uint32_t struct_size = 0;
    bool present = false;
    std::string_view spelling;
  };
  const Slot& slot(Field field) const { return fields_[position(field)]; }
  const Slot& present(Field field) const {
    const Slot& found = slot(field);
    if (!found.present) bug("field not in this layout", name(field));
    return found;
  }
  class Binder;
  enum class State : std::uint8_t { absent, whole, broken };

  std::array<Slot, position(Field::count_)> fields_{};
  std::array<std::optional<std::uint64_t>, position(Type::count_)> types_{};
  std::array<std::optional<GlobalPlace>, position(Global::count_)> globals_{};
  std::array<State, position(Group::count_)> groups_{};
  std::uint32_t pointer_size_ = 0;
  Constants constants_;
};

}  // namespace memmap::go
