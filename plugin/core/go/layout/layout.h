// Where the fields of the runtime's structs and its globals are, in this binary.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/findings.h"
#include "base/result.h"
#include "dwarf/type_table.h"
#include "go/layout/constants.h"
#include "go/layout/spellings.h"

namespace memmap::go {

enum class Field : std::uint16_t {
#define FIELD(id, type, need, ...) id,
#include "go/layout/fields.def"
#undef FIELD
  count_,
};

enum class Type : std::uint16_t {
#define TYPE(id, ...) id,
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

const char* name(Field field);    // the id in fields.def
const char* name(Type type);      // in types.def
const char* name(Global global);  // in globals.def

// Asking for what is not there is a mistake of ours and throws; ask has() first.
class Layout {
 public:
  // Tries the spellings of each entry in order. Fails if a required one has none, or if a field
  // lies outside its struct: the fault names the first, further ones go to `findings` as
  // errors. Optional ones that are absent are notes.
  static Result<Layout> bind(const TypeTable& types, Findings& findings);

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

  std::array<Slot, position(Field::count_)> fields_{};
  std::array<std::optional<std::uint64_t>, position(Type::count_)> types_{};
  std::array<std::optional<GlobalPlace>, position(Global::count_)> globals_{};
  Constants constants_;
};

}  // namespace memmap::go
