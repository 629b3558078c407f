// A TypeTable written down in a test.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "dwarf/type_table.h"

namespace memmap::test {

struct LiteralTypes : TypeTable {
  std::map<std::string, std::uint64_t, std::less<>> sizes;
  std::map<std::pair<std::string, std::string>, FieldPlace> fields;
  std::map<std::string, std::int64_t, std::less<>> constants;
  std::map<std::string, GlobalPlace, std::less<>> globals;
  std::uint32_t pointer = 8;

  std::optional<FieldPlace> find(std::string_view type, std::string_view path) const override {
    return look(fields, std::pair(std::string(type), std::string(path)));
  }
  std::optional<std::uint64_t> size_of(std::string_view type) const override { return look(sizes, type); }
  std::optional<std::int64_t> constant(std::string_view name) const override { return look(constants, name); }
  std::optional<GlobalPlace> global(std::string_view name) const override { return look(globals, name); }
  std::uint32_t pointer_size() const override { return pointer; }
  std::string_view source() const override { return "literal"; }

 private:
  template <class Map, class Key>
  static std::optional<typename Map::mapped_type> look(const Map& map, const Key& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

}  // namespace memmap::test
