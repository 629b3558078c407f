// A literal TypeTable for one release, from fields.def and fake_types.h.
#pragma once

#include <iterator>
#include <stdexcept>

#include "support/fake_types.h"

namespace memmap::test {

inline constexpr std::uint64_t kGlobals = 0x10000000;  // as linked
inline constexpr std::uint64_t kGlobalStride = 0x100000;

class FakeTypes {
 public:
  explicit FakeTypes(int minor) : minor_(minor) {
    struct Line {
      Field field;
      std::string type, spelling;
    };
    const Line lines[] = {
#define FIELD(id, type, group, role, shape, ...) {Field::id, type, MEMMAP_FIRST(__VA_ARGS__, )},
#include "go/layout/fields.def"
#undef FIELD
    };
    for (const Line& line : lines) add(line.field, line.type.substr(0, line.type.find('|')), line.spelling);
    for (const TypeForm& form : kTypeForms)
      if (alive(form.first, form.last) && form.size != 0) types_.sizes[form.type] = form.size;
    add_plain_types();
    types_.constants["runtime._KindSpecialWeakHandle"] = minor >= 25 ? 3 : 2;
    add_globals();
  }
  LiteralTypes types() const { return types_; }

 private:
  bool alive(int first, int last) const { return first <= minor_ && minor_ <= last; }

  static const TypeForm* form_of(const std::string& type) {
    for (const TypeForm& form : kTypeForms)
      if (form.type == type) return &form;
    return nullptr;
  }
  bool lives(Field field, const TypeForm* type) const {
    if (type != nullptr && !alive(type->first, type->last)) return false;
    for (const Lifetime& line : kFieldLifetimes)
      if (line.field == field) return alive(line.first, line.last);
    return true;
  }
  FieldPlace form(Field field) const {
    for (const FieldForm& line : kFieldForms)
      if (line.field == field) return {0, line.stride * line.count, line.stride, line.count};
    return {0, 8, 8, 1};
  }

  void add(Field field, const std::string& type, const std::string& spelling) {
    const TypeForm* const known = form_of(type);
    if (!lives(field, known)) return;
    FieldPlace place = form(field);
    // Small structs are packed; in the others no field is at the start, to notice offsets of 0.
    const bool small = known != nullptr && known->size != 0 && known->size <= 128;
    std::uint64_t& size = types_.sizes.try_emplace(type, small ? 0 : 8).first->second;
    place.offset = static_cast<std::uint32_t>(size);
    for (const FieldInside& line : kFieldsInside)
      if (line.field == field) place.offset = offsets_[line.outer] + line.offset;
    offsets_[field] = place.offset;
    types_.fields[{type, spelling}] = place;
    size = std::max(size, std::uint64_t{place.offset} + (place.size + 7) / 8 * 8);
  }

  void add_plain_types() {
    struct Line {
      const char* type;
    };
    const Line lines[] = {
#define TYPE(id, group, role, ...) {MEMMAP_FIRST(__VA_ARGS__, )},
#include "go/layout/types.def"
#undef TYPE
    };
    for (const Line& line : lines) {
      const TypeForm* const known = form_of(line.type);
      if (known == nullptr || alive(known->first, known->last)) types_.sizes.try_emplace(line.type, 64);
    }
    types_.sizes["runtime.heapArena"] = minor_ < 12 ? 2162688 : 68624;
  }

  void add_globals() {
    struct Line {
      Global global;
      const char* name;
      std::uint64_t size;
    };
    const Line lines[] = {
#define GLOBAL(id, need, ...) {Global::id, MEMMAP_FIRST(__VA_ARGS__, ), 8},
#include "go/layout/globals.def"
#undef GLOBAL
    };
    for (const Line& line : lines) {
      std::uint64_t size = 8;
      if (line.global == Global::class_to_size) size = 68 * 2;
      if (line.global == Global::stackpool) size = 4 * 64;
      if (global_lives(line.global))
        types_.globals[line.name] = {kGlobals + go::position(line.global) * kGlobalStride, size};
    }
  }
  bool global_lives(Global global) const {
    switch (global) {
      case Global::persistent_chunks:
        return minor_ >= 12;
      case Global::all_dloggers:
        return minor_ >= 13;
      case Global::mcache0:
      case Global::span_set_block_pool:
        return minor_ >= 15;
      case Global::gcrash:
        return minor_ >= 22;
      case Global::vgetrandom_alloc:
        return minor_ >= 24;
      case Global::gc_cleanups:
        return minor_ >= 25;
      default:
        return true;
    }
  }

  int minor_;
  LiteralTypes types_;
  std::map<Field, std::uint32_t> offsets_;
};

}  // namespace memmap::test
