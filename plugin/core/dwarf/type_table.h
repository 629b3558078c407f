// Struct layouts, constants and globals of the target's runtime as some source knows them:
// DWARF, the catalogue, or a test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace memmap {

// Where a field is inside its struct. For an array field `count` and `stride` describe the
// elements; otherwise count is 1 and stride equals size. All in bytes.
struct FieldPlace {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t stride = 0;
  std::uint32_t count = 1;
};

struct GlobalPlace {
  std::uint64_t address = 0;  // as linked; add the load bias of a PIE
  std::uint64_t size = 0;
};

class TypeTable {
 public:
  virtual ~TypeTable() = default;
  // `type` is a type's name ("runtime.mspan") or, for the type of a global, the global's name
  // after '&' ("&runtime.work"). `path` steps into nested structs, embedded ones by their
  // member's name, and array elements: "central[0].mcentral.partial[1]". Wrappers of atomics
  // are unwrapped at the end of the path: while the place is a struct with exactly one member
  // of size > 0 and that member is called value, s, a, p or u, the place is that member's.
  virtual std::optional<FieldPlace> find(std::string_view type, std::string_view path) const = 0;
  virtual std::optional<std::uint64_t> size_of(std::string_view type) const = 0;
  // A Go constant: "runtime.pallocChunkPages".
  virtual std::optional<std::int64_t> constant(std::string_view name) const = 0;
  virtual std::optional<GlobalPlace> global(std::string_view name) const = 0;
  virtual std::uint32_t pointer_size() const = 0;  // 4 or 8
  virtual std::string_view source() const = 0;     // interface word: "dwarf", "debug-file", "catalogue"
};

}  // namespace memmap
